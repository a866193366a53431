"""Goals as they are written, and what became of them."""

TEXTS = {
    "expected_form": (
        "[target.]metric[@share][class][column = value] >= number, with >=, <=, > or <, then perhaps `at` conditions; "
        "e.g. roc_auc >= 0.8, recall[bad] >= 99% at fpr <= 5%, lift@10% >= 3, roc_auc[branch = *] >= 0.75, "
        "latency_p99_ms <= 5",
        "[目标.]指标[@比例][类别][列 = 值] >= 数，可用 >=、<=、>、<，其后可用 at 写条件；例如 roc_auc >= 0.8、"
        "recall[bad] >= 99% at fpr <= 5%、lift@10% >= 3、roc_auc[branch = *] >= 0.75、latency_p99_ms <= 5",
    ),
    "got_rest": ("`{rest}` after the number, in `{goal}`", "数字之后还有 `{rest}`（整行为 `{goal}`）"),
    "expected_condition": (
        "conditions such as: at fpr <= 5% and precision >= 20%; or, for latency: at batch = 32 and over = http",
        "条件写作：at fpr <= 5% and precision >= 20%；延迟则写：at batch = 32 and over = http",
    ),
    "got_no_operator": ("`{goal}`, which compares with nothing", "`{goal}`，没有比较符"),
    "expected_brackets": (
        "one class and one slice at most, e.g. recall[bad][branch = *]; a class with = in it stands in quotes",
        "最多一个类别和一个分组，例如 recall[bad][branch = *]；类别名含 = 时请加双引号",
    ),
    "expected_bare": (
        "`{metric}` alone with a plain number: it is about the bundle, not about one target or class",
        "只写 `{metric}` 和普通的数：它说的是整个产品包，与某个目标或类别无关",
    ),
    "expected_no_condition": ("`{metric}` without conditions", "`{metric}` 不带条件"),
    "expected_setting": (
        "conditions such as: at batch = 32 and threads = 2 and over = http (or process), each once",
        "条件写作：at batch = 32 and threads = 2 and over = http（或 process），每项一次",
    ),
    "expected_together": (
        "conditions on what the same rule decides: {groups}",
        "条件须由同一条判定规则决定，可互为条件的指标：{groups}",
    ),
    "no_conditions": ("this task has none", "此任务没有"),
    "expected_bound": (
        "a bound on `{metric}`, with >= or <= and a number",
        "用 >= 或 <= 和一个数来限定 `{metric}`",
    ),
    "expected_share": (
        "`{metric}` of a share of the rows, above 0% and below 100%, e.g. `{metric}@10%`",
        "`{metric}` 要带行的比例，大于 0% 且小于 100%，例如 `{metric}@10%`",
    ),
    "expected_no_share": ("`{metric}` without a share of the rows", "`{metric}` 不带比例"),
    "expected_no_unit": ("`{metric}` with a plain number or a percentage", "`{metric}` 后接普通的数或百分数"),
    "expected_money": (
        "`{metric}` in money per row, with its currency, e.g. `cost <= 120 CNY`",
        "`{metric}` 为每行的金额，须带币种，例如 `cost <= 120 CNY`",
    ),
    "expected_currency": ("an amount in {currency}, as the costs are", "以 {currency} 计的金额，与 costs 一致"),
    "expected_costs": (
        "what wrong answers cost, under `costs:` of the target",
        "在该目标的 `costs:` 中写明答错的代价",
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
