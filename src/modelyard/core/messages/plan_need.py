"""Needs, test rows, choices and the ledger of a plan."""

TEXTS = {
    "expected_range": (
        "[low, likely, high], rising, none of them negative",
        "[最低, 最可能, 最高]，从小到大，都不为负",
    ),
    "expected_number": ("a finite number, at least {low:g}", "有限的数，不小于 {low:g}"),
    "expected_above": ("a finite number above {low:g}", "大于 {low:g} 的有限的数"),
    "expected_share": ("a share above 0, at most 1 (or 100%)", "大于 0、不超过 1（即 100%）的比例"),
    "expected_size": ("at least the {today:,} training rows that there are", "不少于已有的 {today:,} 行训练数据"),
    "expected_error": (
        "the error to reach, between 0 and 1 (1 minus the metric where higher is better)",
        "要达到的误差，在 0 与 1 之间（指标越高越好时为 1 减去指标）",
    ),
    "expected_times": (
        "training times above 0 from at least three runs, on at least two numbers of rows",
        "至少三次训练的用时（大于 0），并且至少有两种行数",
    ),
    "got_times": ("{sizes} rows in {seconds} seconds", "行数 {sizes}，用时 {seconds} 秒"),
    "expected_contributions": (
        "what each test row contributes to the metric: finite numbers, two rows at least",
        "每个测试行对指标的贡献：有限的数，至少两行",
    ),
    "got_rows": ("{rows:,} rows", "{rows:,} 行"),
    "expected_confidence": ("a confidence above 0.5 and below 1, e.g. 0.95", "大于 0.5、小于 1 的置信度，例如 0.95"),
    "expected_rows": ("at least the {least:,} rows that the number rests on", "不少于该数值所依据的 {least:,} 行"),
    "expected_levels": ("a probability above 0 and below 1", "大于 0、小于 1 的概率"),
    "got_nothing": ("nothing", "什么都没有"),
    "expected_goals": ("at least one goal that has to be reached", "至少一个必须达到的目标"),
    "expected_places": ("each way to build the product once", "每个构建方案只出现一次"),
    "expected_cells": ("at least one way to build the product", "至少一种构建方案"),
    "expected_draws": (
        "the same draws in every way to build it, without NaN: draw number i is the same world in all of them",
        "各方案的抽样数目一致且没有 NaN：第 i 次抽样在所有方案中是同一个情形",
    ),
    "got_draws": ("{metric}: {counts} draws", "{metric}：抽样数 {counts}"),
    "expected_metric": ("{metric}, which a goal is about, in every way to build it", "每个方案都有目标所用的 {metric}"),
    "expected_base": (
        "the base measured at {rows:,} training rows, where its learning curve ends",
        "在学习曲线末端（{rows:,} 行训练数据）测过的基准方案",
    ),
    "expected_same_rows": ("both losses of the same test rows", "两份损失来自同样的测试行"),
}
