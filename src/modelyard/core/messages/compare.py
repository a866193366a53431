"""Two bundles beside each other."""

TEXTS = {
    "got_other_tests": (
        "bundles that were measured on different test rows (fingerprints {prints})",
        "两个产品包的测试行不同（指纹 {prints}）",
    ),
    "got_other_rows": ("test rows that nobody can match: no keys, and not in the same order", "无法对应的测试行：没有标识列，顺序也不同"),
    "got_no_evidence": ("a bundle without its evidence: {bundle}", "没有附带评估证据的产品包：{bundle}"),
    "expected_same_tests": ("bundles measured on the same test rows, or a labelled file", "测试行相同的产品包，或带标签的文件"),
    "fix_data": ("give labelled rows: modelyard compare A B LABELLED.csv", "给出带标签的数据：modelyard compare A B 带标签的数据.csv"),
    "got_no_predictions": ("nothing", "没有"),
    "expected_predictions": ("the predictions that a run keeps beside its report", "运行时与报告一同保存的预测"),
    "expected_shared": ("a target that both predict, as the same task", "两者都预测、且任务相同的目标"),
    "fixed": ("fixed", "改对"),
    "broken": ("broken", "改错"),
    "closer": ("closer", "更近"),
    "farther": ("farther", "更远"),
    "answer": ("answer of {side}", "{side} 的结果"),
    "loss": ("loss of {side}", "{side} 的损失"),
    "heading": ("{target}: B beside A on the same {rows} rows of {source}", "{target}：在 {source} 的同样 {rows} 行上，B 与 A 相比"),
    "metric": ("metric", "指标"),
    "difference": ("B minus A", "B 减 A"),
    "better": ("better", "更好"),
    "worse": ("worse", "更差"),
    "no_different": ("no different beyond noise", "差别未超出噪声"),
    "turned": (
        "B fixes {fixed} rows that A gets wrong and breaks {broken} that A gets right: {net} points of {rows} rows",
        "A 答错的行中 B 改对 {fixed} 行，A 答对的行中 B 改错 {broken} 行：占 {rows} 行的 {net} 个百分点",
    ),
    "turned_numbers": (
        "B is closer in {fixed} rows and farther off in {broken}: {net} points of {rows} rows",
        "B 在 {fixed} 行上更近，在 {broken} 行上更远：占 {rows} 行的 {net} 个百分点",
    ),
    "costs": ("what an answer costs", "作答开销"),
    "settings": ("settings that differ", "不同的设置"),
    "wrote": ("rows that changed: {path}", "发生变化的行：{path}"),
}  # fmt: skip
