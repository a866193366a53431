"""What to look at, and what to do next."""

TEXTS = {
    # ------------------------------------------------------------- rows of errors.csv
    "part_test": ("test", "测试"),
    "part_train": ("training", "训练"),
    "wrong_and_sure": ("wrong and sure of itself", "答错且很有把握"),
    "wrong": ("wrong", "答错"),
    "right_but_doubtful": ("right but doubtful", "答对但没有把握"),
    "far_off": ("far off", "相差很远"),
    "maybe_mislabelled": ("possibly mislabelled", "标签可能有误"),
    "no_errors": ("no rows stand out", "没有值得查看的行"),
    "words_wrong": (
        "{wrong} of {rows} answers are wrong, {sure} of them sure of themselves; errors.csv lists the worst and the doubtful.",
        "{rows} 个结果中 {wrong} 个答错，其中 {sure} 个很有把握；errors.csv 列出最差的和没有把握的行。",
    ),
    "words_mislabelled": (
        "At most {count} rows that were trained on may be mislabelled, as models that did not see them judge; errors.csv lists rows to look at.",
        "由未见过这些行的模型判断，训练数据中至多 {count} 行标签可能有误；errors.csv 列出值得查看的行。",
    ),
    # ---------------------------------------------------------------------- actions
    "title": ("What to do next", "下一步"),
    "in_folder": ("Each command can be pasted in the project's folder.", "在项目文件夹中可直接粘贴运行。"),
    "more_test_share": (
        "“{goal}” is undecided: about {rows} more test rows would decide it. This keeps more of the rows for the test.",
        "“{goal}”尚无定论：大约还需 {rows} 行测试数据。此命令把更多的行留作测试。",
    ),
    "more_rows": (
        "“{goal}” is undecided: add about {rows} labelled rows to the data, then run again.",
        "“{goal}”尚无定论：在数据中补充约 {rows} 行带标签的数据，然后重新运行。",
    ),
    "label_rows": (
        "Nothing could be measured: label these rows (with {rows} for the test, a share is known to 5 points), then run again.",
        "无法测量：请标注这些行（测试有 {rows} 行时，比例可精确到 5 个百分点），然后重新运行。",
    ),
    "rows_for_test": (
        "Too few rows to measure on: add labelled rows to the data (with about {rows} for the test, a share is known to 5 points), then run again.",
        "行数太少，无法测量：补充带标签的数据（测试约 {rows} 行时，比例可精确到 5 个百分点），然后重新运行。",
    ),
    "install": ("{method} was not tried, as this install lacks it; then run again.", "当前安装缺少“{method}”，未能尝试；安装后重新运行。"),
    "more_time": (
        "The time budget ended {methods} early; give it more.",
        "时间预算使“{methods}”提前结束；请增加时间。",
    ),
    "simpler": (
        "{method} knows the training rows far better than rows it did not see (loss {train} against {valid}); hold it back.",
        "“{method}”对训练行远比对未见过的行熟悉（损失 {train} 对 {valid}）；请加以约束。",
    ),
    "weak_slice": (
        "Where {column} = {value} it is worse ({metric} {number}, {rows} rows): report every value of {column}; more rows of it would help.",
        "在 {column} = {value} 处更差（{metric} {number}，{rows} 行）：逐值报告 {column}；补充此类数据会有帮助。",
    ),
    "look_mislabelled": (
        "At most {count} training rows may be mislabelled: look at them; where classes overlap, such labels can be right.",
        "至多 {count} 行训练数据标签可能有误：请查看；类别有重叠时，这样的标签也可能是对的。",
    ),
    "look_errors": ("Look at the {count} wrong answers, the worst first.", "查看 {count} 个答错的结果，最差的在前。"),
    "look_far": ("Look at the rows that are farthest off.", "查看相差最远的行。"),
    "set_goal": (
        "No goal is set: say what is good enough, and every run tells whether it is met.",
        "尚未设目标：写明多好才够，以后每次运行都会说明是否达到。",
    ),
    "predict": ("Answer a file of rows; put your own in its place.", "对一个文件中的各行给出预测；可换成自己的文件。"),
    "serve": ("Answer over HTTP.", "通过 HTTP 提供预测服务。"),
    "verify": ("Check the bundle where it is going to run.", "在将要运行的地方检查产品包。"),
}  # fmt: skip
