"""Labels: which rows to label, and the labels read back."""

TEXTS = {
    # ------------------------------------------------------------- proposing
    "sheet": ("to label", "待标注"),
    "why_spread": ("unlike the others; stands for {count} rows", "与其他行不同；可代表 {count} 行"),
    "why_alone": ("unlike all others", "与其他各行都不同"),
    "why_between": ("uncertain: {one} {p}, {other} {q}", "拿不准：{one} {p}，{other} {q}"),
    "why_label": ("uncertain about {label}: {p}", "对 {label} 拿不准：{p}"),
    "got_all_labelled": ("{rows} rows, all of them labelled", "{rows} 行，都已有标签"),
    "expected_unlabelled": ("rows whose target is empty", "目标列为空的行"),
    "fix_all_labelled": (
        "give a file of unlabelled rows: modelyard label PROJECT --data FILE",
        "给出未标注的数据：modelyard label 项目 --data 文件",
    ),
    "got_copies": (
        "{rows} unlabelled rows, each of them a copy of a labelled one",
        "{rows} 行未标注的数据，都与已标注的行相同",
    ),
    "expected_new_rows": ("rows that no label is known of", "标签未知的行"),
    "got_no_inputs": ("no column that tells what a row is", "没有可供标注者查看的列"),
    "expected_inputs": ("columns beside the target", "目标列以外的列"),
    "expected_columns": ("the columns that bundle {bundle} looks at", "产品包 {bundle} 所用的各列"),
    "expected_reading": ("--read with --data, --out or --new-label", "--read 可与 --data、--out、--new-label 一起使用"),
    "expected_form": ("a file that ends in one of: {forms}", "以下列之一结尾的文件：{forms}"),
    "proposed": (
        "wrote {path}: {count} of {unlabelled} unlabelled rows, chosen to be unlike each other",
        "已写出 {path}：从 {unlabelled} 行未标注的数据中选出彼此不同的 {count} 行",
    ),
    "proposed_unsure": (
        "wrote {path}: {count} of {unlabelled} unlabelled rows; of {unsure} of them the bundle is unsure, the others are unlike all else",
        "已写出 {path}：从 {unlabelled} 行未标注的数据中选出 {count} 行；其中 {unsure} 行产品包拿不准，其余与众不同",
    ),
    "looked_at": (
        "of the unlabelled rows, {count} drawn at random were looked at",
        "未标注的行太多，只随机查看了其中 {count} 行",
    ),
    "repeated": ("the other rows are copies of these", "其余各行都与这些行重复"),
    "no_sample": (
        "these rows are no random sample: to measure honestly, keep a file of rows drawn at random and name it `data: {{test: FILE}}`",
        "这些行不是随机样本：要如实测量，请另外随机抽取一些行标注，用 `data: {{test: 文件}}` 指定为测试数据",
    ),
    "next_fill": (
        "next: fill in {columns}, then  modelyard label {words} --read {path}",
        "下一步：填写 {columns}，然后运行  modelyard label {words} --read {path}",
    ),
    "next_import": (
        "next: in Label Studio, take the labelling interface from {config}, import {path}, label, export as JSON, then  "
        "modelyard label {words} --read EXPORT.json",
        "下一步：在 Label Studio 中使用 {config} 里的标注界面，导入 {path}，标注后导出为 JSON，然后运行  "
        "modelyard label {words} --read 导出文件.json",
    ),
    # ----------------------------------------------------------- reading back
    "place_entry": ("{file}, entry {number}", "{file} 第 {number} 条"),
    "got_no_labels": ("no column to read labels from; columns: {columns}", "没有可读取标签的列；现有列：{columns}"),
    "expected_labels": ("a column called {columns}", "名为 {columns} 的列"),
    "got_nothing": ("not one label", "一个标签也没有"),
    "expected_filled": ("labels in {columns}", "在 {columns} 中填写标签"),
    "got_nothing_to_match": (
        "nothing that tells which row is meant; columns: {columns}",
        "没有可用来对应数据行的列；现有列：{columns}",
    ),
    "expected_to_match": ("the columns `row` and `check`, or: {columns}", "`row` 与 `check` 两列，或：{columns}"),
    "expected_row": ("entries that are rows of the data, as they were proposed", "与数据中的行一致的条目"),
    "got_changed": ("rows that have changed since they were proposed: {count}", "选出之后有改动的行：{count}"),
    "fix_changed": (
        "name the data as they were with --data, or propose these rows again; without the column `check` rows are found by keys",
        "用 --data 指定当时的数据，或重新选出这些行；删去 `check` 列则按标识列对应",
    ),
    "got_no_row": ("no row of the data fits: {count}", "在数据中找不到对应的行：{count} 条"),
    "fix_no_row": (
        "name the data that the rows come from with --data; leave `row` and `check` as they were written",
        "用 --data 指定这些行所属的数据；`row` 与 `check` 两列请保持原样",
    ),
    "got_several_rows": ("several rows of the data fit: {count}", "对应数据中的多行：{count} 条"),
    "fix_several_rows": (
        "keep the columns `row` and `check`, or keys that are there once",
        "保留 `row` 与 `check` 两列，或使用不重复的标识",
    ),
    "expected_known": ("one of the labels: {labels}", "已有的标签之一：{labels}"),
    "fix_unknown": ('where it is a new one: --new-label "{label}"', '如果是新标签：--new-label "{label}"'),
    "the_data": ("the data", "数据"),
    "got_clash": (
        "{column} of row {row}: {label}, but {other} in {whose}",
        "第 {row} 行的 {column}：{label}，但在{whose}中为 {other}",
    ),
    "expected_one_label": ("one label for each row", "每行只有一个标签"),
    "fix_clash": ("empty the wrong one, and read the file again", "清空错误的一个，再次读取"),
    "got_others": ("more mistakes of these kinds: {count}", "另有类似的错误：{count} 处"),
    "expected_none": ("none", "没有错误"),
    "got_file": ("a file that is there already", "文件已存在"),
    "expected_no_file": ("a name that is free: nothing is overwritten", "未被占用的文件名：不会覆盖任何文件"),
    "fix_file": ("--out {name}", "--out {name}"),
    "filled": (
        "wrote {path}: {count} new labels in {rows} rows; {left} rows still lack one",
        "已写出 {path}：{rows} 行获得 {count} 个新标签；还有 {left} 行没有标签",
    ),
    "counts": ("{column}: {counts}", "{column}：{counts}"),
    "empty": ("left empty: {count}", "没有填写：{count} 条"),
    "moved": ("stood elsewhere when they were proposed: {count}", "位置在此期间有变动的行：{count}"),
    "known": ("labels that the data had already: {count}", "数据中已有的标签：{count} 个"),
    "next_run": (
        "next:  modelyard run {project} --set data.source={path}   (or write `data: {path}` into modelyard.yaml)",
        "下一步：  modelyard run {project} --set data.source={path}   （或在 modelyard.yaml 中写 `data: {path}`）",
    ),
    # ------------------------------------------------------------ Label Studio
    "got_no_tasks": ("no list of tasks", "不是任务列表"),
    "got_json_min": (
        "tasks without `data`: JSON-MIN, or something else",
        "任务中没有 `data`：可能是 JSON-MIN 或其他内容",
    ),
    "expected_export": ("Label Studio's export of the kind JSON", "Label Studio 以 JSON 格式导出的文件"),
    "fix_export": ("in Label Studio: Export, JSON", "在 Label Studio 中选择：导出（Export），JSON"),
    "got_controls": ("controls called {names}", "控件名为 {names}"),
    "expected_controls": ("a control (`name=`) called {names}", "名为 {names} 的控件（`name=`）"),
    "cancelled": ("annotations that were skipped or cancelled: {count}", "被跳过或取消的标注：{count} 条"),
    "disagreements": (
        "people disagree on {count} tasks: most decide; {ties} without a majority stay empty",
        "{count} 个任务的标注者意见不一：以多数为准；{ties} 个没有多数的留空",
    ),
    "disagreed": ("  task {number}, {column}: {votes}", "  任务 {number}，{column}：{votes}"),
    "disagreements_more": ("  and {count} more", "  另有 {count} 个"),
}
