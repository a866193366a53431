"""What is found in the data: notes, reasons, and what the data cannot be used for."""

TEXTS = {
    # ------------------------------------------- why a column is taken for what it is
    "because_told": ("the project says so", "项目文件中指定"),
    "because_read": ("its cells read as {modality}", "单元格可读作{modality}"),
    "because_empty": ("has no value at all", "没有任何值"),
    "because_constant": ("has the same value in every row: {example}", "所有行取值相同：{example}"),
    "because_id": ("only says which row it is: {example}", "只用来标识行：{example}"),
    "because_codes": (
        "neither numbers, names nor sentences: {example}",
        "既不是数值、类别，也不是句子：{example}",
    ),
    # ----------------------------------------------------- what was done with cells
    "cell_infinite": ("{count} infinite cells read as missing", "{count} 个无穷值按缺失处理"),
    "cell_rounded": (
        "{count} whole numbers have more digits than a number keeps and were rounded",
        "{count} 个整数的位数超出数值的精度，已被舍入",
    ),
    "note_rounded": (
        "{count} whole numbers have more digits than a number keeps and were rounded; `category` keeps them: {columns}",
        "{count} 个整数的位数超出数值的精度，已被舍入；写 `category` 可逐位保留：{columns}",
    ),
    "note_infinite": ("{count} infinite cells read as missing: {columns}", "{count} 个无穷值按缺失处理：{columns}"),
    "note_bad": (
        "{count} cells could not be read and count as missing: {columns}",
        "{count} 个单元格无法读取，按缺失处理：{columns}",
    ),
    # --------------------------------------------------------------------- columns
    "note_empty": ("left out, no value at all: {columns}", "不使用，没有任何值：{columns}"),
    "note_constant": ("left out, the same value in every row: {columns}", "不使用，所有行取值相同：{columns}"),
    "note_id": (
        "left out, they only say which row it is (columns: {{NAME: number}} or {{NAME: category}} brings one back): {columns}",
        "不使用，只用来标识行（写 columns: {{列名: number}} 或 {{列名: category}} 可恢复）：{columns}",
    ),
    "note_codes": (
        "set aside, neither numbers, names nor sentences (`type: text` or `type: category` takes them as such): {columns}",
        "搁置，既不是数值、类别，也不是句子（写 `type: text` 或 `type: category` 可按其读取）：{columns}",
    ),
    "note_mostly_missing": ("more than half of the cells are missing: {columns}", "超过一半的单元格缺失：{columns}"),
    "note_nearly_constant": ("nearly always the same value: {columns}", "几乎总是同一个值：{columns}"),
    "note_many_levels": ("{column}: {different:,} different categories", "{column}：{different:,} 个不同的类别"),
    "note_levels_kept": (
        "{column}: {different:,} different categories; the {kept:,} most frequent are told apart",
        "{column}：{different:,} 个不同的类别；区分其中最常见的 {kept:,} 个",
    ),
    "note_own_values": (
        "nearly every row has a value of its own, which says next to nothing as a category (`role: ignore` leaves it"
        " out; amounts are read in any usual spelling, 12.5 or $12.5, but not as ranges or with other words): {columns}",
        "几乎每行取值都不同，作为类别几乎没有信息（`role: ignore` 可略去；数量的常见写法如 12.5、￥12.5 都能读，"
        "但区间或夹带其他文字的不能）：{columns}",
    ),
    # ------------------------------------------------------------------------ rows
    "as_read": ("{rows} (as read)", "{rows}（按读取顺序）"),
    "note_unordered": (
        "rows of a database have no order of their own: row numbers count them as they were read; a column with"
        " `role: key` names them",
        "数据库中的行没有固有顺序：行号按读取顺序计；指定一个 `role: key` 列即可用它称呼各行",
    ),
    "note_no_target": ("{count:,} rows without a target were left out", "去掉了 {count:,} 行没有目标值的行"),
    "note_duplicates": (
        "{count:,} of {rows:,} rows repeat another one in all inputs and targets",
        "{rows:,} 行中有 {count:,} 行的全部输入和目标与其他行相同",
    ),
    "note_conflicts": (
        "{count:,} rows have the same inputs as another one but a different {target}, such as rows {examples}: no model"
        " gets all of them right",
        "有 {count:,} 行的输入与其他行相同，而 {target} 不同，如第 {examples} 行：任何模型都无法全部答对",
    ),
    "note_few_different": (
        "only {different:,} of {rows:,} rows differ: equal rows are taken for different things that look alike, and are "
        "split one by one; where they are copies, name the column that tells things apart: `role: key`",
        "{rows:,} 行中只有 {different:,} 行不同：相同的行视为看起来一样的不同对象，逐行划分；若它们是重复记录，请用 `role: key` 指定区分对象的列",
    ),
    "note_not_held_out": (
        "the {rows:,} rows cannot be divided (too few, a part without any, or only one class to train on): all of them "
        "are trained on, and nothing can be measured",
        "{rows:,} 行无法划分（行数太少、某一份为空，或训练行只有一个类别）：全部用于训练，无法测量",
    ),
    "note_unlabelled": (
        "{labelled:,} of {rows:,} rows have a label, too few to learn from or to measure on: the classes are those that "
        "the project describes, and nothing is learnt from labels",
        "{rows:,} 行中有 {labelled:,} 行带标签，不足以学习或测量：类别取自项目中的描述，不从标签中学习",
    ),
    "note_untaught": (
        "the {rows:,} rows to learn from have too few labels: the classes are those that the project describes, nothing is "
        "learnt from labels, and the {tested:,} labelled test rows measure it",
        "{rows:,} 行训练数据的标签太少：类别取自项目中的描述，不从标签中学习，由 {tested:,} 行带标签的测试数据测量",
    ),
    "note_folds": (
        "{rows:,} rows are too few for a test part: all of them train, and numbers come from repeated cross-validation,"
        " each row measured by models that did not see it (`data: {{split: {{test: 0.2}}}}` keeps a test part)",
        "{rows:,} 行不足以留出测试集：全部用于训练，指标来自重复交叉验证，每行都由未见过它的模型来测量"
        "（写 `data: {{split: {{test: 0.2}}}}` 可保留测试集）",
    ),
    "note_small_test": (
        "only {count:,} test rows: intervals will be wide",
        "测试集只有 {count:,} 行：置信区间会很宽",
    ),
    "note_time": (
        "split by time: validation from {valid}, test from {test}; rows that are added later move these cuts",
        "按时间划分：验证自 {valid} 起，测试自 {test} 起；以后加入新行会移动这些分界",
    ),
    "note_overlap_valid": (
        "{count:,} rows of valid ({share:.1%}) are also among the training rows, such as rows {examples}; leave them out of"
        " one, or, if only an id sets them apart, write `role: ignore` for the id, which keeps equal rows together",
        "验证集中有 {count:,} 行（{share:.1%}）也出现在训练集里，如第 {examples} 行；请从其中一份去掉，"
        "若只有编号不同，给编号列写 `role: ignore`，相同的行就会分在同一份",
    ),
    "note_overlap_test": (
        "{count:,} rows of test ({share:.1%}) are also among the training rows, such as rows {examples}; leave them out of"
        " one, or, if only an id sets them apart, write `role: ignore` for the id, which keeps equal rows together",
        "测试集中有 {count:,} 行（{share:.1%}）也出现在训练集里，如第 {examples} 行；请从其中一份去掉，"
        "若只有编号不同，给编号列写 `role: ignore`，相同的行就会分在同一份",
    ),
    "note_class_not_trained": (
        "{count} classes of {target} occur in no training row and cannot be learnt",
        "{target} 有 {count} 个类别不在训练行中，无法学到",
    ),
    "note_class_not_in_valid": (
        "{count} classes of {target} occur in no validation row: choices are made without them",
        "{target} 有 {count} 个类别不在验证集中：选择方法时没有考虑它们",
    ),
    "note_class_not_in_test": (
        "{count} classes of {target} occur in no test row: how well they are told is not measured",
        "{target} 有 {count} 个类别不在测试集中：判别得如何没有测量",
    ),
    # -------------------------------------------------------------------- mistakes
    "got_no_source": ("no data", "没有数据"),
    "expected_source": ("`data: FILE`, or a table given to run(...)", "`data: 文件`，或传给 run(...) 的表"),
    "got_few_rows": ("rows with data: {rows}", "数据行数：{rows}"),
    "expected_rows": ("at least 2 rows, better some hundreds", "至少 2 行，最好几百行"),
    "got_lacking": ("lacks columns of the main table: {columns}", "缺少主表中的列：{columns}"),
    "expected_same_columns": ("the same columns as the main table", "与主表相同的列"),
    "fix_no_header": (
        "if the first line already holds data, write a line of names above it",
        "如果第一行已经是数据，请在其上方加一行列名",
    ),
    "fix_no_labels": (
        "if no row has a label yet: `zero_shot` learns from none, `train: {{zero_shot: {{labels: {{CLASS: in words}}}}}}`",
        "如果还没有任何标签：`zero_shot` 不需要标签，`train: {{zero_shot: {{labels: {{类别: 描述}}}}}}`",
    ),
    "got_no_column": ("no column `{column}`", "没有列 `{column}`"),
    "expected_column": ("one of: {columns}", "其中之一：{columns}"),
    "expected_target": (
        "a column of classes, of numbers, or of yes and no",
        "取值为类别、数值或是/否的列",
    ),
    "fix_target": (
        "if it is one: predict: {{column: NAME, task: {tasks}}}",
        "如果确实是：predict: {{column: 列名, task: {tasks}}}",
    ),
    "got_no_inputs": ("no column is left to learn from: {columns}", "没有可供学习的列：{columns}"),
    "expected_inputs": ("at least one input column besides the target", "除目标外至少有一个输入列"),
    "fix_inputs": (
        "columns: {{NAME: number}} or {{NAME: category}} says what a column is",
        "用 columns: {{列名: number}} 或 {{列名: category}} 指定列的类型",
    ),
    "got_unreadable": ("cells such as {examples}", "这样的单元格：{examples}"),
    "expected_kind": ("cells that read as {modality}", "可按 {modality} 读取的单元格"),
    "fix_unreadable": ("what they look like: {modalities}", "看起来像：{modalities}"),
    "expected_option": ("options of `{plugin}`: {options}", "`{plugin}` 的选项：{options}"),
    "fix_option": ("this one belongs to: {owners}", "此项属于：{owners}"),
    "expected_time": ("one column of dates or numbers to order the rows by", "一个日期或数值列，用来给行排序"),
    "got_weight": (
        "{column}: {count:,} weights are missing, negative or no numbers, the first in row {row}: {cell}",
        "{column}：有 {count:,} 个权重缺失、为负或不是数值，第一个在第 {row} 行：{cell}",
    ),
    "got_no_weight": ("{column}: no training row has a weight above 0", "{column}：没有一个训练行的权重大于 0"),
    "expected_weight": (
        "a number of 0 or more in every row, above 0 in some training row",
        "每行都是不小于 0 的数值，且至少一个训练行大于 0",
    ),
    "expected_parts": ("only these words: {parts}", "只能是这些词：{parts}"),
    # ------------------------------------------------------------ new project folders
    "got_no_word": ("{words} is missing", "缺少 {words}"),
    "expected_words": (
        "--data FILE --predict COLUMN, or --recipe NAME, or --recipe NAME --data FILE",
        "--data 文件 --predict 列名，或 --recipe 名称，或 --recipe 名称 --data 文件",
    ),
    "fix_init": (
        "modelyard init {folder} --recipe medicine/breast-cancer",
        "modelyard init {folder} --recipe medicine/breast-cancer",
    ),
    "got_project": ("a project that is there already", "已有的项目"),
    "expected_no_project": ("a new folder: nothing is overwritten", "新文件夹：不会覆盖已有文件"),
    "fix_existing": ("modelyard run {folder}, or another folder", "modelyard run {folder}，或换一个文件夹"),
    "draft_needed": ("These two lines are all that a project needs.", "项目只需要这两行。"),
    "draft_rows": (
        "{rows:,} rows: {train:,} train, {valid:,} validate, {test:,} test.",
        "共 {rows:,} 行：训练 {train:,}，验证 {valid:,}，测试 {test:,}。",
    ),
    "draft_target": ("{target}: {task}.", "{target}：{task}。"),
    "draft_optional": (
        "All below is optional: take the # away from the keys that you want. `modelyard check` shows every default.",
        "以下均为可选：去掉所需各键行首的 # 即可生效。`modelyard check` 显示全部默认值。",
    ),
    "draft_goals": (
        "What the product must reach. Metrics: {metrics}.",
        "产品要达到的目标。可用指标：{metrics}。",
    ),
    "draft_columns": (
        "What each column is taken for; only what is wrong needs to stand here. Roles: input, key, time, group, split, "
        "weight, protected, known_after_decision, ignore.",
        "每一列的识别结果；只需写出要更正的列。角色：input、key、time、group、split、weight、"
        "protected、known_after_decision、ignore。",
    ),
    "draft_texts": (
        "A text may be read by a pre-trained encoder, a Hugging Face id or a folder, that follows the data (tune: frozen,"
        " lora, full), e.g. {{type: text, encoder: ./my-encoder}}.",
        "文本可交给预训练编码器（Hugging Face 名称或本地文件夹）读取，并随数据微调（tune：frozen、lora、full），如"
        " {{type: text, encoder: ./my-encoder}}。",
    ),
    "draft_more": ("and {count:,} more columns", "另有 {count:,} 列"),
    "draft_split": (
        "How rows are divided (by: random, time, group, column); test and valid may also name files:",
        "行的划分方式（by：random、time、group、column）；test 和 valid 也可以写文件名：",
    ),
    "draft_train": ("Methods: {methods}.", "可用方法：{methods}。"),
    "draft_lang": ("Language of reports: en or zh.", "报告语言：en 或 zh。"),
    "got_monotone": (
        "{way}, while {target} ({task}) is answered with several numbers",
        "{way}，但 {target}（{task}）的结果是多个数",
    ),
    "expected_monotone": (
        "monotone where an answer is one number: two classes, or an amount",
        "仅当结果是单个数时使用 monotone：两个类别，或一个数量",
    ),
}
