"""Tables and files as they are read."""

TEXTS = {
    "standard_input": ("standard input", "标准输入"),
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
    "got_strange_folder": (
        "a folder with state.json or dataset_dict.json that do not say which files belong to it",
        "文件夹中的 state.json 或 dataset_dict.json 没有说明数据文件",
    ),
    "expected_saved": (
        "a folder as `save_to_disk` of Hugging Face wrote it",
        "Hugging Face `save_to_disk` 写出的文件夹",
    ),
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
    "got_ragged": ("{cells} cells", "{cells} 个单元格"),
    "expected_width": ("{width}, as many as the first line has names", "{width} 个，与第一行的列名数相同"),
    "fix_ragged": (
        "put cells that hold a separator into quotes; where the separator is another one: `data: {{source: ..., separator: ...}}`",
        "含有分隔符的单元格请加引号；如果分隔符认错了，请写 `data: {{source: ..., separator: ...}}`",
    ),
    "got_binary": ("zero bytes: this is no text", "含有很多零字节：这不是文本"),
    "got_other_kind": ("a file of another kind: {kind}", "另一种格式的文件：{kind}"),
    "fix_other_kind": (
        "give it a name that ends as its kind does; save old Excel files (.xls) as .xlsx",
        "按实际格式修改文件名后缀；旧版 Excel 文件（.xls）请另存为 .xlsx",
    ),
    "expected_text": ("a text file with one row per line", "每行一条记录的文本文件"),
    "got_not_encoded": (
        "byte {byte} at position {position}, which is not {encoding}",
        "位置 {position} 处的字节 {byte} 不是 {encoding} 编码",
    ),
    "got_doubtful": (
        "byte {byte} at position {position}, which is not UTF-8; it would read as {candidates}",
        "位置 {position} 处的字节 {byte} 不是 UTF-8；按其他编码读出来是：{candidates}",
    ),
    "expected_encoded": (
        "text in one encoding from its first to its last line, best UTF-8",
        "从头到尾只用一种编码的文本，最好是 UTF-8",
    ),
    "fix_encoding": (
        "save it as `CSV UTF-8`, or say the encoding before training: `data: {{source: ..., encoding: gb18030}}`",
        "另存为“CSV UTF-8”，或在训练前写明编码：`data: {{source: ..., encoding: gb18030}}`",
    ),
    "got_swallowed": (
        "a cell in quotes ({quote}) that holds {count} whole lines of the table",
        "一个引号（{quote}）括起的单元格里含有 {count} 行完整的表格数据",
    ),
    "fix_swallowed": (
        "close the quote; where quotes are part of the text: `data: {{source: ..., quote: none}}`",
        "请补上缺少的引号；如果引号只是文本的一部分，请写 `data: {{source: ..., quote: none}}`",
    ),
    "got_not_utf8": (
        "byte {byte} at position {position}, which is not UTF-8",
        "位置 {position} 处的字节 {byte} 不是 UTF-8",
    ),
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
        "look for a quote that is opened and never closed; where quotes are part of the text: `data: {{source: ..., quote: none}}`",
        "检查是否有引号只开不闭；如果引号只是文本的一部分，请写 `data: {{source: ..., quote: none}}`",
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
    "got_no_line": ("`header: {line}`: no such line that is not blank", "`header: {line}`：没有这样的非空行"),
    "expected_line": (
        "a line among the first {lines} that are not blank, counted from 1",
        "前 {lines} 个非空行之一，从 1 数起",
    ),
    "got_hint": ("`{hint}` for a file that has none", "给不适用的文件写了 `{hint}`"),
    "expected_no_hint": ("a file of the kinds {kinds}, or no such key", "以下格式的文件：{kinds}；否则不写这个键"),
    "got_other_columns": (
        "other columns than the files before: lacking {lacking}; new {extra}",
        "与前面的文件列不同：缺少 {lacking}；多出 {extra}",
    ),
    "expected_same_columns": ("the same columns in every file", "每个文件的列相同"),
    "fix_same_columns": ("name the files that belong together, one by one", "逐个列出属于同一张表的文件"),
    # ---------------------------------------------------------------- databases
    "got_no_query": ("a database, and nothing that says which rows of it", "只有数据库，没有说明取哪些行"),
    "expected_query": (
        "a SELECT or the name of a table: `data: {{source: ..., query: ...}}`, or behind the address: `sqlite:///bank.db#loans`",
        "一条 SELECT 或一个表名：`data: {{source: ..., query: ...}}`，或写在地址后面：`sqlite:///bank.db#loans`",
    ),
    "got_no_select": ("a statement that does not read: {statement}", "不是读取数据的语句：{statement}"),
    "got_password": ("a password in the address", "地址中写有密码"),
    "got_no_variable": ("the environment variable `{name}` is not set", "环境变量 `{name}` 没有设置"),
    "expected_variable": ("a value for each ${{NAME}} in the address", "地址中的每个 ${{名称}} 都有值"),
    "fix_variable": ("set it, e.g. `export {name}=...`", "先设置它，例如 `export {name}=...`"),
    "got_no_dialect": ("a kind of database that is not known here", "未知的数据库类型"),
    "expected_dialect": (
        "a database that SQLAlchemy knows, e.g. sqlite:///, postgresql+psycopg://, mysql+pymysql://",
        "SQLAlchemy 支持的数据库，例如 sqlite:///、postgresql+psycopg://、mysql+pymysql://",
    ),
    "got_no_address": ("an address that cannot be taken apart", "无法解析的地址"),
    "expected_address": (
        "kind://user:${{PASSWORD}}@host:port/database",
        "类型://用户:${{PASSWORD}}@主机:端口/数据库",
    ),
    "got_refused": ("the database says: {problem}", "数据库返回：{problem}"),
    "expected_accepted": ("a database that can be reached, and a query that it takes", "能连接的数据库和它接受的查询"),
    "got_table_lacks": ("a table without the columns {names}", "表中没有列 {names}"),
    "expected_table_columns": (
        "a table with all columns of the rows, or another name, so that a new one is made",
        "含有全部列的表；或换一个表名，以便新建",
    ),
    # ------------------------------------------------- what was found out, and done
    "note_text": (
        "{file}: read as {encoding}, separator {separator}, names in line {header}",
        "{file}：编码 {encoding}，分隔符 {separator}，列名在第 {header} 行",
    ),
    "note_sheet": (
        "{file}: sheet `{sheet}`, names in row {header}; other sheets: {others}",
        "{file}：工作表 `{sheet}`，列名在第 {header} 行；其他工作表：{others}",
    ),
    "note_titles": (
        "{file}: lines above the names that are no part of the table: {count} ({shown})",
        "{file}：列名上方不属于表格的行：{count} 行（{shown}）",
    ),
    "note_no_header": (
        "{file}: no line of names was found: the columns are called column_1, column_2 …; where the first line holds the names, write `header: 1` under `data:`",
        "{file}：没有找到列名行，各列命名为 column_1、column_2 ……；如果第一行就是列名，请在 `data:` 下写 `header: 1`",
    ),
    "note_row_names": (
        "{file}: each row has one cell more than there are names; the first column is taken for row names and called unnamed_1",
        "{file}：每行比列名多一个单元格；第一列视为行名，命名为 unnamed_1",
    ),
    "note_twice": ("{file}: names that came twice were numbered: {names}", "{file}：重复的列名已编号：{names}"),
    "note_sums": (
        "{file}: lines that only sum up others, left out: {count} (line {lines}: {shown}); `totals: true` under `data:` keeps them",
        "{file}：略去汇总行 {count} 行（第 {lines} 行：{shown}）；在 `data:` 下写 `totals: true` 可保留",
    ),
    "note_ending": (
        "{file}: lines below the table, left out: {count} (line {lines}: {shown}); `totals: true` under `data:` keeps them",
        "{file}：略去表格下方的 {count} 行（第 {lines} 行：{shown}）；在 `data:` 下写 `totals: true` 可保留",
    ),
    "note_other_table": (
        "{file}: another table seems to begin in line {lines} ({shown}); its lines are read as rows of the first one: better give it a file or sheet of its own",
        "{file}：第 {lines} 行似乎开始了另一张表（{shown}）；其内容按第一张表的行读取，最好放到单独的文件或工作表中",
    ),
    "note_headers": (
        "{file}: the line of names stands among the rows again, left out: {count}",
        "{file}：数据中再次出现列名行，已略去 {count} 行",
    ),
    "note_padded": (
        "{file}: lines with fewer cells than there are names, the rest taken as empty: {count} (line {lines})",
        "{file}：单元格少于列名数的行，缺少的按空值处理：{count} 行（第 {lines} 行）",
    ),
    "note_stray": (
        "{file}: cells in columns without a name were left out (column {places}): {shown}",
        "{file}：没有列名的列中的单元格已略去（第 {places} 列）：{shown}",
    ),
    "note_beside": (
        "{file}: cells beside the table, left out: {count} ({shown})",
        "{file}：略去表格旁边的单元格 {count} 个（{shown}）",
    ),
    "note_errors": (
        "{file}: cells that hold an error of Excel (#N/A, #REF! …) and are taken as missing: {count}",
        "{file}：Excel 错误值（#N/A、#REF! 等）按缺失处理：{count} 个单元格",
    ),
    "note_merged": (
        "{file}: cells under merged cells, filled with what stands in these: {count}",
        "{file}：合并单元格下方的单元格已用其内容填充：{count} 个",
    ),
    "note_unstored": (
        "{file}: formulas without a stored value, read as empty: {count}; open the file in Excel and save it",
        "{file}：没有存储计算结果的公式按空值读取：{count} 个；请用 Excel 打开并保存一次",
    ),
    "note_parts": (
        "{file}: the parts are those of the folder: {parts}; files of none of them, left out: {others}",
        "{file}：按文件夹中的划分：{parts}；不属于其中任何一份、已略去的文件：{others}",
    ),
    "note_part_unlabelled": (
        "{file}: no row of it says what is to be predicted; the part is made from the other rows",
        "{file}：其中没有任何一行含有预测目标；这一份改由其他行划分",
    ),
    "note_zero_bytes": ("{file}: zero bytes left out: {count}", "{file}：略去零字节 {count} 个"),
    "note_guessed_encoding": (
        "{file}: not UTF-8; read as {encoding}, so that it says “{example}”; where that is wrong, write `encoding:` under `data:`",
        "{file}：不是 UTF-8，按 {encoding} 读取，例如“{example}”；若有误，请在 `data:` 下写明 `encoding:`",
    ),
    # ------------------------------------------------------------------ datasets
    "got_no_dataset": ("no prepared data", "没有准备好的数据"),
    "got_other_dataset": ("prepared data of format {format}", "格式 {format} 的已准备数据"),
    "expected_dataset": ("the folder that the stage `prepare` wrote", "`prepare` 阶段写出的文件夹"),
}
