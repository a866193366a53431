"""Training: the ladder, the plan, the clock."""

TEXTS = {
    "untaught": ("it learns from labels, of which there are too few", "它需要从标签中学习，而标签太少"),
    "lacks": (
        "this install lacks {modules}: pip install 'modelyard[{extra}]'",
        "当前安装缺少 {modules}：pip install 'modelyard[{extra}]'",
    ),
    "expected_installed": (
        "a method that this install can run; it lacks {modules}",
        "当前安装可运行的方法；缺少 {modules}",
    ),
    "expected_texts": (
        "a method for the columns that there are; this one reads texts",
        "适合现有列的方法；该方法读取文本",
    ),
    "fix_texts": (
        "say which column holds texts: columns: {{note: {{type: text}}}}",
        "指明哪一列是文本：columns: {{note: {{type: text}}}}",
    ),
    "expected_encoder": (
        "a method for the columns that there are; this one learns an encoder of texts",
        "适合现有列的方法；该方法学习文本编码器",
    ),
    "fix_encoder": (
        "name one: columns: {{note: {{type: text, encoder: ./my-bert}}}}, or cnn, gru, lstm, transformer",
        "指定一个：columns: {{note: {{type: text, encoder: ./my-bert}}}}，或 cnn、gru、lstm、transformer",
    ),
    "expected_vectors": (
        "a method for the columns that there are; this one needs a pre-trained encoder",
        "适合现有列的方法；该方法需要预训练编码器",
    ),
    "fix_vectors": (
        "name one: columns: {{note: {{type: text, encoder: ./my-bert}}}}",
        "指定一个：columns: {{note: {{type: text, encoder: ./my-bert}}}}",
    ),
    "reading_texts": ("{column}: vectors of a frozen encoder", "{column}：冻结编码器的向量"),
    "expected_text_extra": (
        "an install that can read encoders; it lacks {modules}",
        "可读取编码器的安装；缺少 {modules}",
    ),
    "got_slow_encoder": (
        "{budget:.0f} s, of which the encoder of {column} takes about {seconds:.0f} s to read its texts",
        "{budget:.0f} 秒，其中 {column} 的编码器读完文本约需 {seconds:.0f} 秒",
    ),
    "expected_slow_encoder": ("{minutes} min or more", "{minutes} 分钟或更多"),
    "fix_slow_encoder": (
        "give more time, a smaller encoder or fewer rows; texts that were read once are not read again",
        "增加时间、换用更小的编码器或减少行数；读过的文本不会重读",
    ),
    "got_large": (
        "{models} models with the encoder of {columns}, {size:.2f} GB each, in one graph",
        "一个计算图中有 {models} 个带 {columns} 编码器的模型，每个 {size:.2f} GB",
    ),
    "expected_large": ("at most {size:g} GB, which is what an ONNX file holds", "最多 {size:g} GB（ONNX 文件的上限）"),
    "fix_folds": (
        "folds: 1, or where reports rest on folds: folds: 2 and repeats: 1; or a smaller encoder, or tune: frozen",
        "folds: 1；若评估依赖交叉验证，则 folds: 2、repeats: 1；或换用更小的编码器，或 tune: frozen",
    ),
    "fix_large": ("a smaller encoder, or tune: frozen", "换用更小的编码器，或 tune: frozen"),
    "not_cached": (
        "vectors of {column} could not be kept ({reason}): the next run computes them again",
        "{column} 的向量无法保存（{reason}）：下次运行将重新计算",
    ),
    "over_budget": (
        "needs about {seconds} s, more than the time budget leaves",
        "约需 {seconds} 秒，超出时间预算的余量",
    ),
    "expected_to_mix": ("two methods for {method} to mix, or auto", "至少两种供 {method} 组合的方法，或 auto"),
    "expected_plan": (
        "a plan for {target} that has a step for each of {methods}",
        "{target} 的计划，其中包含以下每种方法的一步：{methods}",
    ),
    "fix_plan": (
        "train the methods of that plan, or leave --plan out, so that a new one is made",
        "训练该计划中的方法，或不带 --plan 以重新生成计划",
    ),
    "time_up": ("the time budget was spent", "时间预算已用完"),
    "nothing_to_mix": ("fewer than two models to mix", "可组合的模型不足两个"),
    "got_one_fold": (
        "1, with {rows} rows, too few to keep some apart for the test",
        "1，但只有 {rows} 行，不足以另留测试集",
    ),
    "expected_folds": (
        "2 or more folds, as the report is then measured on them",
        "2 折或更多，因为此时报告在各折上度量",
    ),
    "fix_one_fold": (
        "folds: auto, or a share of test rows: data: {{split: {{test: 0.2}}}}",
        "folds: auto，或指定测试份额：data: {{split: {{test: 0.2}}}}",
    ),
    "got_repeats": (
        "{repeats}, but validation rows that are later, or chosen by you, stay as they are",
        "{repeats}，但较晚的或您选定的验证行保持不变",
    ),
    "expected_no_repeats": ("no repeats, or folds as well: folds: 5", "不重复，或同时指定折数：folds: 5"),
    "expected_way": (
        "a plan for {target} with {expected}, as its rows are divided now",
        "{target} 的计划按现在的划分方式应为：{expected}",
    ),
    "way_folds": ("2 or more folds", "2 折或更多"),
    "way_held_out": ("1 fold: rows held out for choices", "1 折：留出用于选择的行"),
    "got_balanced": ("balanced, and the task {task}, which has no classes", "balanced，但任务 {task} 没有类别"),
    "expected_balanced": (
        "`balanced` only where every row has one class; or a column of weights: columns: {{w: {{role: weight}}}}",
        "仅当每行恰有一个类别时用 `balanced`；或提供权重列：columns: {{w: {{role: weight}}}}",
    ),
    "got_no_gpu": ("no CUDA GPU that PyTorch can use here", "此处没有 PyTorch 可用的 CUDA GPU"),
    "expected_gpu": ("a machine with a GPU and a CUDA build of PyTorch", "带 GPU 且装有 CUDA 版 PyTorch 的机器"),
    "tuned": ("{title}, tuned ({tried} configurations)", "{title}，已调参（{tried} 个配置）"),
    "options_found": ("found by search: {options}", "搜索所得：{options}"),
    "expected_search": (
        "a method that search knows, and what it needs; it lacks {modules}",
        "可搜索的方法及其依赖；缺少 {modules}",
    ),
}
