"""Recipes: where their data are, and how own columns are matched with theirs."""

TEXTS = {
    "expected_recipe": ("one of: {recipes}", "其中之一：{recipes}"),
    # ------------------------------------------------------------------ public data
    "got_no_mirror": (
        "the public data are not carried along, and the folder that {mirror} names holds no {file}",
        "本项目不附带公开数据，而 {mirror} 所指的文件夹中没有 {file}",
    ),
    "got_other_bytes": ("{file} has sha256 {sha256}", "{file} 的 sha256 为 {sha256}"),
    "expected_file": (
        "{source}\nsha256 {sha256}{copied}",
        "{source}\n校验和 sha256 {sha256}{copied}",
    ),
    "copied": ("; that is the copy {copied}", "；指的是这份副本：{copied}"),
    "fix_mirror": (
        "put that file at {file} in a folder, set {mirror} to the folder;\n"
        "or take a table of your own: modelyard init DIR --recipe {recipe} --data FILE",
        "将该文件放到某个文件夹下的 {file}，并让 {mirror} 指向该文件夹；\n"
        "或使用自己的数据：modelyard init 文件夹 --recipe {recipe} --data 文件",
    ),
    # ------------------------------------------------------------ the project file
    "columns_heading": (
        "The columns, and what each means. A column that stands here is taken as it says, whatever its cells look like.",
        "各列及其含义。写在这里的列按此处的说明读取，不再由单元格推断。",
    ),
    "extra_heading": (
        "Columns of the data that the recipe does not know: inputs, unless `check` says otherwise. Without the # a column "
        "is left out.",
        "数据中有而配方未提及的列：除非 `check` 另有说明，都会作为输入。去掉行首的 # 即可不用该列。",
    ),
    # ------------------------------------------------------------------ own columns
    "expected_mine": (
        "MINE=THEIRS, MINE a column of the data: {columns}",
        "自己的列=配方的列，前者是数据中的列：{columns}",
    ),
    "expected_theirs": (
        "MINE=THEIRS, THEIRS a column of the recipe, or a class of its target: {columns}",
        "自己的列=配方的列，后者是配方的列或目标的类别：{columns}",
    ),
    "expected_once": ("one column for `{column}`", "`{column}` 只能对应一列"),
    "expected_value": ("a value of the target: {values}", "目标列的取值：{values}"),
    "got_lacking": ("no column found for `{column}`: {means}", "没有找到 `{column}` 对应的列：{means}"),
    "expected_one_of": ("one of: {columns}", "其中之一：{columns}"),
    "fix_lacking": ("say which it is: {words}", "请指明：{words}"),
    "expected_classes": (
        "a column with one value for each of {classes}, and no other",
        "该列应为 {classes} 各有一个取值，且没有其他取值",
    ),
    "fix_classes": (
        "say which is which, for instance {words}; rows that are none of them: leave them out, or that cell empty",
        "请指明对应关系，例如 {words}；都不属于的行请删去，或把该单元格留空",
    ),
    # --------------------------------------------------- what `init` prints of them
    "with_unit": ("{means} ({unit})", "{means}（{unit}）"),
    "theirs": ("recipe", "配方的列"),
    "mine": ("yours", "自己的列"),
    "how": ("how sure", "依据"),
    "means": ("what it is", "含义"),
    "how_told": ("told", "已指定"),
    "how_name": ("same name", "列名相同"),
    "how_synonym": ("another name for it", "同义列名"),
    "how_similar": ("guess: similar name", "推测：列名相近"),
    "how_values": ("guess: the same values", "推测：取值相同"),
    "left_out": ("left out", "没有，略去"),
    "reads_not": ("; read as its cells suggest, not as {type}", "；单元格不像 {type}，按内容识别"),
    "outside": ("; values outside {low} to {high}: another unit?", "；取值不在 {low} 至 {high} 之内，单位不同？"),
    "extra": (
        "Not in the recipe; `modelyard check` says what they are taken for: {columns}",
        "配方未提及的列（`modelyard check` 会说明各列如何使用）：{columns}",
    ),
    "own_goals": (
        "Goals, and costs where there are any, are the recipe's: set your own in modelyard.yaml.",
        "目标以及代价（如有）沿用配方的设定：请在 modelyard.yaml 中改为自己的。",
    ),
    "guessed": (
        "Look at the guesses. To say otherwise: --map MINE=THEIRS, or --map MINE= for none of them.",
        "请核对推测的各项。更正方法：--map 自己的列=配方的列；--map 自己的列= 表示都不是。",
    ),
}
