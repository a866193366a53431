"""Goals as they are written, and what became of them."""

TEXTS = {
    "expected_form": (
        "[target.]metric[class] >= number, with >=, <=, > or <; e.g. roc_auc >= 0.8, recall[bad] >= 90%, "
        "latency_p99_ms <= 5",
        "[目标.]指标[类别] >= 数，可用 >=、<=、>、<；例如 roc_auc >= 0.8、recall[bad] >= 90%、latency_p99_ms <= 5",
    ),
    "got_rest": ("`{rest}` after the number, in `{goal}`", "数字之后还有 `{rest}`（整行为 `{goal}`）"),
    "got_no_operator": ("`{goal}`, which compares with nothing", "`{goal}`，没有比较符"),
    "expected_bare_cost": (
        "`{metric}` alone with a plain number: it is about the bundle, not about one target or class",
        "只写 `{metric}` 和普通的数：它说的是整个产品包，与某个目标或类别无关",
    ),
    "expected_target": ("the name of a target before the dot: {names}", "点号之前应是目标名：{names}"),
    "expected_one_target": ("the name of one of the {count} targets in front", "前面写明是 {count} 个目标中的哪一个"),
    "expected_sense": ("{metric} {sign} a number from {low} to {high}", "{metric} {sign} {low} 到 {high} 之间的数"),
    "expected_metric": ("a metric of `{task}`: {names}", "`{task}` 的指标：{names}"),
    "expected_no_class": ("`{metric}` without a class", "`{metric}` 不带类别"),
    "fix_no_class": ("a class may stand after: {names}", "可以带类别的有：{names}"),
    "expected_a_class": ("`{metric}` with a class, e.g. `{metric}[yes]`", "`{metric}` 要带类别，例如 `{metric}[是]`"),
    "expected_class": ("a class that the data has: {names}", "数据中有的类别：{names}"),
}
