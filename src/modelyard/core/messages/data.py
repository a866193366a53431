"""Tables and files as they are read."""

TEXTS = {
    "place_table": ("the table that was given", "给出的表"),
    "lengths": ("columns of different lengths: {lengths}", "各列长度不同：{lengths}"),
    "expected_table": (
        "a mapping of equally long columns, a list of row dictionaries, a frame, or a 2-D array",
        "等长列的映射、行字典的列表、数据框，或二维数组",
    ),
    "fix_table": (
        'e.g. {{"age": [31, 52], "risk": ["good", "bad"]}}',
        '例如 {{"age": [31, 52], "risk": ["good", "bad"]}}',
    ),
    "place_line": ("{file} line {line}", "{file} 第 {line} 行"),
    "place_item": ("{file}, item {number} (counted from 0)", "{file} 第 {number} 项（从 0 数起）"),
    # ------------------------------------------------------------- finding files
    "got_no_file": ("nothing of that name", "没有这个名称的文件"),
    "expected_file": ("a file, a folder or a glob; looked in {folder}", "文件、文件夹或通配符；查找位置：{folder}"),
    "expected_url": ("a URL under which there are files", "其下有文件的 URL"),
    "got_empty_folder": ("a folder without any table in it", "文件夹中没有任何表"),
    "got_unknown_format": ("a format that its name does not tell: {name}", "无法从文件名得知格式：{name}"),
    "expected_format": ("files that end in one of: {formats}", "文件名以下列之一结尾：{formats}"),
    "fix_format": (
        "where it is a table of text, give it a name that ends in .csv (or .tsv)",
        "若是文本表格，请把文件名改为以 .csv（或 .tsv）结尾",
    ),
    "fix_xls": ("open it in Excel and save it as .xlsx or as CSV UTF-8", "用 Excel 打开，另存为 .xlsx 或 CSV UTF-8"),
    "expected_readable": ("a file that this user may read", "当前用户可读的文件"),
    "fix_readable": ("check the permissions: ls -l", "检查权限：ls -l"),
    "expected_protocol": ("a protocol that fsspec knows and that is installed here", "fsspec 支持且已安装的协议"),
    "fix_protocol": (
        "install the package named above, e.g. pip install s3fs",
        "安装上面提到的包，例如 pip install s3fs",
    ),
    "got_no_package": ("the Python package `{module}` is not installed", "未安装 Python 包 `{module}`"),
    "expected_package": ("`{module}`, which is needed here", "此处需要 `{module}`"),
    # ------------------------------------------------------------- inside files
    "got_no_gzip": ("broken or incomplete gzip data", "gzip 数据损坏或不完整"),
    "expected_gzip": ("a gzip file, as the ending .gz says", "如 .gz 后缀所示的 gzip 文件"),
    "got_empty": ("an empty file", "空文件"),
    "got_no_rows": ("0 rows of data", "0 行数据"),
    "expected_rows": ("a row of column names and at least one row of data", "一行列名和至少一行数据"),
    "got_twice": ("columns of the same name: {names}", "列名重复：{names}"),
    "expected_once": ("every column name once", "每个列名只出现一次"),
    "fix_twice": (
        "rename one of them in the first line; if that line already holds data, write a line of names above it",
        "在第一行把其中一个改名；如果第一行已经是数据，请在其上方加一行列名",
    ),
    "got_ragged": ("{cells} cells", "{cells} 个单元格"),
    "expected_width": ("{width}, as many as the first line has names", "{width} 个，与第一行的列名数相同"),
    "fix_ragged": ("put cells that hold a separator into quotes", "含有分隔符的单元格请加引号"),
    "got_binary": ("a zero byte: this is no text", "含零字节：这不是文本"),
    "expected_text": ("a text file with one row per line", "每行一条记录的文本文件"),
    "got_not_utf8": (
        "byte {byte} at position {position}, which is not UTF-8",
        "位置 {position} 处的字节 {byte} 不是 UTF-8",
    ),
    "got_other_unicode": ("text in {encoding}", "{encoding} 编码的文本"),
    "expected_utf8": ("text in UTF-8", "UTF-8 文本"),
    "fix_utf8": (
        "save it as `CSV UTF-8`, or: iconv -f GB18030 -t UTF-8 old.csv > new.csv (with the encoding that it has)",
        "另存为“CSV UTF-8”，或运行：iconv -f GB18030 -t UTF-8 旧.csv > 新.csv（-f 后写它原来的编码）",
    ),
    "got_bad_csv": ("{problem}", "{problem}"),
    "expected_csv": (
        'cells between separators; one that holds quotes is quoted, and they are doubled: "a ""b"""',
        '用分隔符隔开的单元格；含引号的单元格要加引号并把引号写两次："a ""b"""',
    ),
    "fix_csv": (
        "look for a quote that is opened and never closed",
        "检查是否有引号只开不闭",
    ),
    "got_bad_json": ("no JSON: {problem}", "不是 JSON：{problem}"),
    "got_no_object": ("{kind}", "{kind}"),
    "expected_json": (
        'one JSON object per row: {{"age": 31, "risk": "good"}}',
        '每行一个 JSON 对象：{{"age": 31, "risk": "good"}}',
    ),
    "got_damaged": ("no sound {kind} file: {problem}", "不是完好的 {kind} 文件：{problem}"),
    "expected_kind": ("a {kind} file, as its name says", "如其名称所示的 {kind} 文件"),
    "got_empty_sheet": ("no row of data in its sheet `{sheet}`", "工作表 `{sheet}` 中没有数据行"),
    "fix_sheet": (
        "name the sheet in modelyard.yaml: `data: {{source: {file}, sheet: ...}}`; the others are: {names}",
        "在 modelyard.yaml 中写明工作表：`data: {{source: {file}, sheet: ...}}`；其他工作表有：{names}",
    ),
    "got_no_sheet": ("no sheet `{sheet}`", "没有工作表 `{sheet}`"),
    "expected_sheet": ("one of: {names}", "其中之一：{names}"),
    "got_sheet": ("`sheet: {sheet}` for a file that has none", "给没有工作表的文件写了 `sheet: {sheet}`"),
    "expected_no_sheet": ("an Excel file, or no `sheet`", "Excel 文件，或不写 `sheet`"),
    "got_other_columns": (
        "other columns than the files before: lacking {lacking}; new {extra}",
        "与前面的文件列不同：缺少 {lacking}；多出 {extra}",
    ),
    "expected_same_columns": ("the same columns in every file", "每个文件的列相同"),
    "fix_same_columns": ("name the files that belong together, one by one", "逐个列出属于同一张表的文件"),
    # ------------------------------------------------------------------ datasets
    "got_no_dataset": ("no prepared data", "没有准备好的数据"),
    "expected_dataset": ("the folder that the stage `prepare` wrote", "`prepare` 阶段写出的文件夹"),
}
