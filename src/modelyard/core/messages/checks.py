"""What the data checks found: with numbers, and with lines that can be pasted into the project file."""

TEXTS = {
    # ------------------------------------------------------------- what gives the target away
    "copy_auc": (
        "{column} is {target}, or all but: AUC {alone:.4f} alone; next best {other}: {next:.4f}",
        "{column} 就是 {target}，或几乎就是：单独的 AUC 为 {alone:.4f}；其次是 {other}：{next:.4f}",
    ),
    "copy_r2": (
        "{column} is {target}, or all but: R² {alone:.4f} alone; next best {other}: {next:.4f}",
        "{column} 就是 {target}，或几乎就是：单独的 R² 为 {alone:.4f}；其次是 {other}：{next:.4f}",
    ),
    "strong_auc": (
        "{column} says far more of {target} than anything else (AUC {alone:.3f} alone; next best {other}: {next:.3f})."
        " Is it known when the answer is needed? If not: `{refuse}`; if so: `{accept}`",
        "{column} 对 {target} 的预测力远超其他列（单独的 AUC 为 {alone:.3f}；其次是 {other}：{next:.3f}）。"
        "需要作答时它已知吗？若未知：`{refuse}`；若已知：`{accept}`",
    ),
    "strong_r2": (
        "{column} says far more of {target} than anything else (R² {alone:.3f} alone; next best {other}: {next:.3f})."
        " Is it known when the answer is needed? If not: `{refuse}`; if so: `{accept}`",
        "{column} 对 {target} 的预测力远超其他列（单独的 R² 为 {alone:.3f}；其次是 {other}：{next:.3f}）。"
        "需要作答时它已知吗？若未知：`{refuse}`；若已知：`{accept}`",
    ),
    "filled_later": (
        "{column} looks as if it were filled in once {target} is known: where it says something ({count:,} rows),"
        " {share:.1%} are {label}, of all rows {base:.1%}. If so: `{refuse}`; if it is known in time: `{accept}`",
        "{column} 像是在 {target} 已知之后才填写的：在它有内容的 {count:,} 行中 {share:.1%} 为 {label}，而全部行中为 {base:.1%}。"
        "若确实如此：`{refuse}`；若作答时已知：`{accept}`",
    ),
    "empty_later": (
        "{column} looks as if it were filled in once {target} is known: where it says nothing ({count:,} rows),"
        " {share:.1%} are {label}, of all rows {base:.1%}. If so: `{refuse}`; if it is known in time: `{accept}`",
        "{column} 像是在 {target} 已知之后才填写的：在它没有内容的 {count:,} 行中 {share:.1%} 为 {label}，而全部行中为 {base:.1%}。"
        "若确实如此：`{refuse}`；若作答时已知：`{accept}`",
    ),
    "expected_before": (
        "inputs that are known before {target} is; with this one, every number would be worthless",
        "输入应在 {target} 之前已知；用了这一列，所有指标都没有意义",
    ),
    "fix_before": (
        "leave it out: `{refuse}`; or, if it is really known in time: `{accept}`",
        "去掉它：`{refuse}`；若作答时确实已知：`{accept}`",
    ),
    # ------------------------------------------------------------------------------- structure
    "group": (
        "{column} names things that have several rows ({groups:,} of them, {rows:,} rows), and rows of one are alike"
        " (correlation of the target {alike:.2f}; {shared} of {others} other columns shared). If new rows will come from"
        " new ones, divide by it: `{line}`",
        "{column} 的每个取值对应多行（{groups:,} 个取值，{rows:,} 行），同一取值的行彼此相似（目标相关 {alike:.2f}；其他 {others}"
        " 列中有 {shared} 列相同）。若今后要预测的是新的取值，请按它划分：`{line}`",
    ),
    "drift": (
        "{target} changes with {column} (strength {drift:.2f}; mean {before:.4g} in the first tenth, {after:.4g} in the"
        " last), but rows are divided at random. If new rows will be later ones: `{line}`",
        "{target} 随 {column} 变化（强度 {drift:.2f}；最早十分之一的均值 {before:.4g}，最晚十分之一为 {after:.4g}），而各行是随机划分的。"
        "若今后要预测的是更晚的行：`{line}`",
    ),
    "dates": (
        "rows have dates ({columns}) and are divided at random; if new rows will be later ones: `{line}`",
        "各行含日期（{columns}），却是随机划分的；若今后要预测的是更晚的行：`{line}`",
    ),
    "order": (
        "{target} changes along the table (strength {drift:.2f}; mean {before:.4g} in the first tenth, {after:.4g} in the"
        " last), but rows are divided at random. If the order is that of time, add a column with the date, or with the"
        " number of the row, with `role: time`",
        "{target} 随行的先后变化（强度 {drift:.2f}；前十分之一的均值 {before:.4g}，后十分之一为 {after:.4g}），而各行是随机划分的。"
        "若行是按时间排列的，请加一列日期或行号，并写 `role: time`",
    ),
    "twins": (
        "{count:,} of {rows:,} rows are nearly equal to another one (at most two inputs differ, or digits after rounding),"
        " such as rows {one} and {other}; if they are of one thing, name the column that says so with `role: group`",
        "{rows:,} 行中有 {count:,} 行与另一行几乎相同（最多两个输入不同，或只差在舍入），如第 {one} 行和第 {other} 行；"
        "若它们属于同一事物，请给标识它的列写 `role: group`",
    ),
    "twins_across": (
        "{across:,} test rows have a near twin among the other rows (at most two inputs differ, or digits after rounding),"
        " such as rows {one} and {other}: they flatter the numbers. Leave out the repetitions, or name the column that"
        " says which rows belong together with `role: group`",
        "{across:,} 个测试行在其他行中有几乎相同的行（最多两个输入不同，或只差在舍入），如第 {one} 行和第 {other} 行：指标会因此偏高。"
        "请去掉重复的行，或给标识同一事物的列写 `role: group`",
    ),
    "texts_across": (
        "{count:,} test rows have a {column} that another row has but for case, spaces and signs, such as rows {examples}:"
        " they flatter the numbers; leave out the repetitions",
        "{count:,} 个测试行的 {column} 与其他行的相同，只差大小写、空格或标点，如第 {examples} 行：指标会因此偏高；请去掉重复的行",
    ),
    "shift": (
        "test rows are not like the training rows: {columns} (stability index, 0.25 is much); all inputs together tell the"
        " two apart with AUC {told:.2f}. Numbers say how well it works on such rows",
        "测试行与训练行不同：{columns}（稳定性指数，0.25 已属较大）；用全部输入区分两者的 AUC 为 {told:.2f}。指标反映的是在这类行上的效果",
    ),
    # --------------------------------------------------------------------------------- columns
    "sentinel": (
        "{column}: {mark} in {count:,} rows stands apart from all other values; if it means missing: `{line}`",
        "{column}：有 {count:,} 行为 {mark}，与其他取值相去甚远；若它表示缺失：`{line}`",
    ),
    "long_texts": (
        "{column}: about {count:,} of {rows:,} texts are longer than one window of {window:,} tokens and are read in"
        " several; nothing is cut off (training counts exactly)",
        "{column}：{rows:,} 个文本中约有 {count:,} 个超过一个窗口（{window:,} 个词元），将分多个窗口读取，不会截断（准确数目在训练时统计）",
    ),
    "like_an_id": (
        "{column} ({example}) differs in every row and says nothing of the target; if it names the row: `{line}`",
        "{column}（{example}）每行都不同，且与目标无关；若它是行的标识：`{line}`",
    ),
    "rare_class": (
        "{target}: classes with few rows: {classes}. What is learnt of them and measured on them is little; more rows of"
        " these, or one class for several of them, would help",
        "{target}：行数很少的类别：{classes}。能学到和测量到的都很有限；增加这些类别的行，或把其中几类合并，会有帮助",
    ),
    # --------------------------------------------------------------------------- personal data
    "personal_email": (
        "personal data in {column}: e-mail addresses in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含电子邮箱，如 {example}",
    ),
    "personal_identity": (
        "personal data in {column}: Chinese identity numbers in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含身份证号，如 {example}",
    ),
    "personal_mobile": (
        "personal data in {column}: mobile numbers in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含手机号，如 {example}",
    ),
    "personal_phone": (
        "personal data in {column}: telephone numbers in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含电话号码，如 {example}",
    ),
    "personal_card": (
        "personal data in {column}: bank card numbers in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含银行卡号，如 {example}",
    ),
    "personal_iban": (
        "personal data in {column}: account numbers (IBAN) in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含银行账号（IBAN），如 {example}",
    ),
    "personal_security_number": (
        "personal data in {column}: social security numbers in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含社会保障号，如 {example}",
    ),
    "personal_internet_address": (
        "personal data in {column}: IP addresses in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含 IP 地址，如 {example}",
    ),
    "personal_passport": (
        "personal data in {column}: passport numbers in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含护照号，如 {example}",
    ),
    "personal_address": (
        "personal data in {column}: addresses in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含住址，如 {example}",
    ),
    "personal_person": (
        "personal data in {column}: names of people in {count:,} of {looked:,} cells, such as {example}",
        "{column} 含个人信息：{looked:,} 个单元格中有 {count:,} 个含人名，如 {example}",
    ),
}
