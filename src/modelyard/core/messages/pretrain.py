"""Pre-training on the user's own texts."""

TEXTS = {
    "place_texts": ("the texts", "文本"),
    "got_no_words": ("{texts} texts without a single word", "{texts} 条文本中没有一个词"),
    "expected_words": ("texts that say something", "有内容的文本"),
    "got_no_mask": (
        "a tokenizer that has no token to hide others behind (such as [MASK])",
        "分词器没有用于遮盖的标记（如 [MASK]）",
    ),
    "got_no_epoch": (
        "time that was up before the first pass over the texts was over",
        "第一遍还没有学完，时间就用完了",
    ),
    "expected_epoch": ("time for one pass", "至少够学一遍的时间"),
    "fix_epoch": ("the same command goes on from here; or give it more time", "再运行同一命令即可继续；或给出更多时间"),
    # ------------------------------------------------------------------ texts
    "got_no_column": ("no column {column}; columns: {columns}", "没有 {column} 列；现有列：{columns}"),
    "got_columns": ("several columns: {columns}", "有多列：{columns}"),
    "expected_column": ("--column with the name of the column of texts", "用 --column 指明文本所在的列"),
    "got_no_text_column": ("a project without a column of texts", "项目中没有文本列"),
    "got_no_input": ("{column}, which is no text column of the project", "{column} 不是项目中的文本列"),
    "expected_text_column": ("one of: {columns}", "以下之一：{columns}"),
    "fix_text_column": ("columns: {{{column}: text}} makes it one", "用 columns: {{{column}: text}} 将其设为文本列"),
    "got_few_texts": ("{count} different texts", "{count} 条不同的文本"),
    "expected_texts": ("at least {least}; better thousands", "至少 {least} 条；最好有数千条"),
    "fix_texts": ("--more FILE adds unlabelled ones", "用 --more 文件 添加未标注的文本"),
    "of_project": (
        "{train} texts of rows to train on, {unlabelled} of rows without a label; those to decide and to measure on are left out",
        "训练行的文本 {train} 条，无标签行的文本 {unlabelled} 条；用于选择和测量的行不参与",
    ),
    "of_folds": (
        "every labelled row is measured (cross-validation): {unlabelled} texts of rows without a label are learnt from, no others",
        "每个有标签的行都要用于测量（交叉验证）：只学习无标签行的文本 {unlabelled} 条",
    ),
    "of_more": ("{count} texts of {file}", "{file} 中的文本 {count} 条"),
    "left_out": (
        "left out, because rows to decide or to measure on say the same: {count}",
        "与用于选择或测量的行相同而不参与的文本：{count} 条",
    ),
    # ---------------------------------------------------------------- command
    "got_foreign": ("a folder that was not made by this command", "该文件夹不是由此命令生成的"),
    "expected_own": (
        "a folder that is not there yet, or one that this command made",
        "尚不存在的文件夹，或由此命令生成的文件夹",
    ),
    "already": ("{folder} is there already, from the same texts and options", "{folder} 已存在，来自相同的文本和选项"),
    "reading": ("learning to read", "预训练中"),
    "learnt": (
        "learnt from {texts} different texts ({tokens} tokens) in {epochs} epochs, of which number {best} is kept",
        "学习了 {texts} 条不同的文本（{tokens} 个词元），共 {epochs} 轮，保留第 {best} 轮",
    ),
    "nothing_learnt": (
        "nothing was learnt: no epoch guesses better than the encoder did before",
        "没有学到东西：没有一轮比原来的编码器猜得更准",
    ),
    "measured": (
        "hidden tokens of {texts} held-out texts: loss {before} -> {after}, perplexity {p_before} -> {p_after}",
        "在 {texts} 条留出文本上猜被遮盖的词元：损失 {before} -> {after}，困惑度 {p_before} -> {p_after}",
    ),
    "new_head": (
        "the checkpoint could not guess hidden tokens (it came without that head): the first number is of a new head",
        "原检查点不含猜词的输出层：第一个数字来自新建的输出层",
    ),
    "stopped_watch": ("the clock stopped it", "时间用完，提前结束"),
    "stopped_diverged": ("it was ended because the loss was no number any more", "损失变为非数字，提前结束"),
    "stopped_patience": ("it was ended because nothing became better", "不再有改进，提前结束"),
    "next": (
        "next: name it in modelyard.yaml:  columns: {{{column}: {{type: text, encoder: {folder}}}}}",
        "下一步：在 modelyard.yaml 中写：  columns: {{{column}: {{type: text, encoder: {folder}}}}}",
    ),
}
