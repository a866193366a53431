"""Learning curves, forecasts and plans."""

TEXTS = {
    "measuring": ("learning curve", "学习曲线"),
    "got_few_rows": ("{rows} rows to learn from: {anchors} subsets of different sizes", "可用于学习的只有 {rows} 行：只够 {anchors} 个不同大小的子集"),
    "expected_rows": ("{needed} rows or more, for {anchors} sizes", "至少 {needed} 行，才够 {anchors} 个大小"),
    "fix_few_rows": ("label more rows first: modelyard label", "请先标注更多的行：modelyard label"),
    "got_no_test": ("{rows} rows, of which none can be kept apart as test rows", "共 {rows} 行，无法从中留出测试行"),
    "expected_test": ("rows enough for test rows that stay the same at every point", "足够的行，使每个点都能用同一组测试行"),
    "got_other_curve": ("a curve that another version measured", "由其他版本测得的曲线"),
    "expected_own_curve": ("a curve of this version: modelyard plan curve", "本版本测得的曲线：modelyard plan curve"),
    "got_other_test": (
        "the point of {rows} rows, seed {seed}, was measured on other test rows ({other}, the curve: {own})",
        "{rows} 行、种子 {seed} 的点用的是另一组测试行（{other}，曲线为 {own}）",
    ),
    "got_other_data": (
        "the point of {rows} rows, seed {seed}, was measured on other data ({other}, the curve: {own})",
        "{rows} 行、种子 {seed} 的点用的是另一份数据（{other}，曲线为 {own}）",
    ),
    "expected_one_curve": ("points of the same data and the same test rows only", "只含同一份数据、同一组测试行的点"),
    "fix_mixed": ("delete {folder}, then: modelyard plan curve", "删除 {folder}，再运行：modelyard plan curve"),
}  # fmt: skip
