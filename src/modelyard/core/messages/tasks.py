"""Targets and metrics."""

TEXTS = {
    "place_column": ("the column `{column}` to predict", "要预测的列 `{column}`"),
    "place_positive": ("predict, positive", "predict 的 positive"),
    "place_metric": ("the metric", "指标"),
    "place_outside": ("predict, outside", "predict 的 outside"),
    "several_columns": ("{count} columns", "{count} 列"),
    "all_missing": ("no known cell: all are missing", "没有已知的值：全部缺失"),
    "one_class": ("one class only: `{label}` in every row", "只有一个类别：每行都是 `{label}`"),
    "many_classes": ("{count} classes in {rows} rows", "{rows} 行中有 {count} 个类别"),
    "many_labels": ("{count} labels in {rows} rows", "{rows} 行中有 {count} 个标签"),
    "labels_constant": ("labels that are the same in every row", "每行的标签都相同"),
    "constant": ("{value} in every row", "每行都是 {value}"),
    "no_number": (
        "{count} cells that are no number, e.g. `{example}`; rows {rows} (the first row of data is 1)",
        "{count} 个单元格不是数，例如 `{example}`；行号 {rows}（第一行数据为 1）",
    ),
    "no_flag": (
        "{count} cells that are neither yes nor no, e.g. `{example}`; rows {rows} (the first row of data is 1)",
        "{count} 个单元格既非是也非否，例如 `{example}`；行号 {rows}（第一行数据为 1）",
    ),
    "expected_one_column": ("one column", "一列"),
    "expected_known_cells": ("rows in which the target is known", "目标值已知的行"),
    "expected_two_classes": ("two classes; there are {count}", "两个类别；现有 {count} 个"),
    "expected_classes": ("at least two classes", "至少两个类别"),
    "expected_few_classes": ("classes that many rows share", "由许多行共有的类别"),
    "expected_few_labels": ("labels that many rows share", "由许多行共有的标签"),
    "expected_varying": ("a target that differs from row to row", "各行不尽相同的目标"),
    "expected_number": ("a number in every known cell", "每个已知单元格都是数"),
    "expected_flag": ("1 or 0, true or false, yes or no, 是 or 否", "1 或 0、true 或 false、yes 或 no、是或否"),
    "expected_metric": ("one of: {names}", "其中之一：{names}"),
    "expected_class": ("one of the classes: {names}", "类别之一：{names}"),
    "no_outside": ("`{label}`: no row has it", "`{label}`：没有任何一行是它"),
    "expected_outside": (
        "the label of rows that belong to none of the classes",
        "不属于任何类别的行所用的标签",
    ),
    "fix_outside": (
        "without such rows, `outside_loss: 0.05` alone turns away what is unlike the training data",
        "没有这样的行时，只写 `outside_loss: 0.05`，也会拒答与训练数据差异过大的行",
    ),
    "expected_outside_option": (
        "rows that may be turned away: the label of those that belong to none of the classes",
        "需要先允许拒答：写明不属于任何类别的行所用的标签",
    ),
    "fix_all_missing": (
        "give the column that holds what is known, or fill in the target of some rows; of texts, `zero_shot` learns from "
        "no label: `train: {{zero_shot: {{labels: {{CLASS: in words}}}}}}`",
        "指定存有已知结果的列，或为一部分行填上目标值；文本可用不需要标签的 `zero_shot`：`train: {{zero_shot: {{labels: {{类别: 描述}}}}}}`",
    ),
    "fix_one_class": (
        "add rows with another outcome; from one alone nothing can be learnt",
        "补充结果不同的行；只有一种结果时学不到任何规律",
    ),
    "fix_many_classes": (
        "is this an id or a free text? if it is an amount: `task: regression`",
        "这是编号或自由文本吗？若是数量，请写 `task: regression`",
    ),
    "fix_number": (
        "correct these cells or leave them empty; if the column holds classes: `task: classification`",
        "改正这些单元格或留空；若此列是类别，请写 `task: classification`",
    ),
    "fix_flag": ("correct these cells or leave them empty", "改正这些单元格或留空"),
    "got_separator": ("separator: {separator!r} beside several columns", "多个列时写了 separator: {separator!r}"),
    "expected_no_separator": (
        "a separator only where one column lists the labels; here each column is a label",
        "只有一列列出多个标签时才用 separator；此处每列就是一个标签",
    ),
    "fix_separator": (
        "is another `separator:` between the labels? if each row has one label: `task: classification`",
        "标签之间是否用了别的分隔符（`separator:`）？若每行只有一个标签，请写 `task: classification`",
    ),
    # decisions
    "no_currency": ("no currency", "没有写币种"),
    "expected_currency": ("the currency that the prices are in, as letters", "金额所用的币种，用文字写"),
    "expected_review_price": (
        "what it costs when a person looks at a row: a number from 0 on",
        "由人工处理一行的费用：不小于 0 的数",
    ),
    "no_price": (
        "no price for answering `{answered}` where `{actual}` is true",
        "没有写明实际为 `{actual}`、却答成 `{answered}` 的代价",
    ),
    "expected_price": (
        "a price for every wrong answer: by the actual class and then the answered one, or one number for all of them",
        "每种答错都要有代价：先写实际类别，再写所答类别；也可只写一个数，适用于所有答错",
    ),
    "wrong_is_cheaper": (
        "a wrong answer that costs less than the right one where `{actual}` is true",
        "实际为 `{actual}` 时，某种答错比答对还便宜",
    ),
    "expected_dearer": (
        "wrong answers that cost at least as much as the right one",
        "答错的代价不低于答对的代价",
    ),
    "word_twice": ("`{word}` for two decisions", "两种决定都叫 `{word}`"),
    "expected_words": ("another word for each decision", "每种决定用不同的词"),
    "thresholds_of_several": (
        "goals with conditions on several classes: {labels}",
        "带条件的目标涉及多个类别：{labels}",
    ),
    "expected_one_label": ("conditions on `{label}` itself", "条件也针对 `{label}`"),
    "expected_one_threshold": (
        "conditions on one class of this target: only one can have a threshold",
        "一个预测目标只能有一个类别设阈值，条件都应针对它",
    ),
}
