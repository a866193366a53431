"""Learning curves: what is wrong with the numbers, and what may not be concluded from them."""

TEXTS = {
    # ------------------------------------------------------------- what was given
    "got_anchors": ("{count} sizes", "{count} 个数据量"),
    "got_value": ("{value} at position {index}", "位置 {index} 处为 {value}"),
    "got_shape": ("numbers of shape {shape}", "形状为 {shape} 的数"),
    "got_both": ("errors of every repeat, and a spread", "既有每次重复的误差，又有标准误"),
    "expected_numbers": ("numbers", "数"),
    "expected_one_dimension": ("one list of sizes", "一列数据量"),
    "expected_anchors": ("at least {fewest} training sizes", "至少 {fewest} 个训练数据量"),
    "fix_anchors": (
        "train on more subsets: modelyard plan curve measures eight, from 1/20 of the rows to all of them",
        "在更多子集上训练：modelyard plan curve 会测量 8 个数据量，从约 1/20 的行到全部",
    ),
    "expected_sizes": ("numbers of training rows, 2 or more", "训练行数，不少于 2"),
    "expected_distinct": ("each size once", "每个数据量只出现一次"),
    "fix_distinct": (
        "give the repeats of one size as one row of errors [sizes, repeats]",
        "把同一数据量的多次重复放在 errors 的同一行：[数据量, 重复]",
    ),
    "expected_rising": ("sizes in rising order", "由小到大的数据量"),
    "fix_rising": (
        "sort the sizes, and the errors with them",
        "把数据量由小到大排序，误差也按同样的顺序排列",
    ),
    "expected_shape": (
        "{anchors} errors, or {anchors} rows with one column per repeat",
        "{anchors} 个误差，或 {anchors} 行、每次重复一列",
    ),
    "expected_errors": ("errors within 0 and 1", "0 到 1 之间的误差"),
    "fix_errors": (
        "turn the metric into an error first: modelyard.plan.Scale(better, low, high, baseline).error(values)",
        "先把指标换算成误差：modelyard.plan.Scale(better, low, high, baseline).error(values)",
    ),
    "expected_one_source": ("one of the two", "二者之一"),
    "fix_one_source": (
        "leave the spread out: it is taken from the repeats",
        "不必给出标准误：它由各次重复算出",
    ),
    "expected_spread_shape": ("{anchors} standard errors", "{anchors} 个标准误"),
    "expected_spread": ("standard errors, 0 or more", "不小于 0 的标准误"),
    "expected_repeats": ("a whole number of repeats, 1 or more", "重复次数：不小于 1 的整数"),
    "expected_columns": ("as many repeats as errors has columns, {columns}", "与 errors 的列数相同：{columns}"),
    "expected_chance": ("an error above 0 and up to 1", "大于 0、不超过 1 的误差"),
    "expected_beyond": (
        "rising sizes beyond the last anchor, {last}",
        "由小到大、都超过最后一个数据量（{last}）的数",
    ),
    # ------------------------------------------------------------- metrics
    "expected_better": ("higher or lower", "higher 或 lower"),
    "expected_bounds": ("two finite bounds, the lower one first", "两个有限的界，下界在前"),
    "got_unbounded": ("a metric without an upper bound, and no baseline", "没有上界的指标，也没有基线"),
    "expected_baseline": (
        "the value of a naive method on the same test set, worse than the metric's best value",
        "朴素方法在同一测试集上的值，且差于该指标的最好值",
    ),
    "fix_baseline": (
        "measure one: modelyard run with method: naive; then give baseline=",
        "先测一个：以 method: naive 运行 modelyard run，再给出 baseline=",
    ),
    "got_endless": (
        "a metric whose best value has no bound",
        "最好值没有界的指标",
    ),
    "expected_end": (
        "low= for a metric that shall fall, high= for one that shall rise",
        "越低越好的指标给出 low=，越高越好的指标给出 high=",
    ),
    # ------------------------------------------------------------- refusals
    "refused_equal": (
        "all errors are equal: the curve tells nothing about more data",
        "各数据量的误差完全相同：从这条曲线看不出更多数据有何作用",
    ),
    "refused_flat": (
        "the error fell by less than 5 % over the sizes measured: whether more data would help cannot be told",
        "在所测的数据量范围内误差下降不到 5%：无法判断更多数据是否有用",
    ),
    "refused_chance": (
        "the error is still close to that of a constant answer ({chance}): the method has not begun to learn",
        "误差仍接近总给同一答案时的误差（{chance}）：该方法尚未学到东西",
    ),
}
