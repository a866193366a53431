"""What methods say about their work."""

TEXTS = {
    "stopped_patience": (
        "stopped after {done}: the validation loss was last better at {best}",
        "在第 {done} 步停止：验证损失最近一次改善是在第 {best} 步",
    ),
    "stopped_watch": (
        "stopped after {done} because time was up; the best so far, {best}, is kept",
        "时间用完，在第 {done} 步停止；保留目前最好的第 {best} 步",
    ),
    "stopped_leaves": (
        "stopped after {done}, best {best}: more trees would have more leaves than total_leaves allows",
        "在第 {done} 步停止（最好的是第 {best} 步）：再多的树会超过 total_leaves 允许的叶子数",
    ),
    "stopped_diverged": (
        "stopped after {done} because the loss was no longer a number; try a smaller learning_rate; {best} is kept",
        "在第 {done} 步后损失不再是数，已停止；请调小 learning_rate；保留第 {best} 步",
    ),
    "nothing_learnt": ("no step was better than the prior, which is kept", "没有一步优于先验，保留先验"),
    "not_converged": (
        "{count} of {total} fits ended at max_iter before they had converged",
        "{total} 次拟合中有 {count} 次到达 max_iter 仍未收敛",
    ),
    "layers_and_widths": (
        "`widths` with one number for each of the {layers} layers, or one number for all; got {widths}",
        "`widths` 应为 {layers} 层各一个数，或一个数用于所有层；得到 {widths}",
    ),
    "import_files": (
        "a LightGBM text model (Booster.save_model), or an ONNX file (*.onnx) of standard operators without functions",
        "LightGBM 文本模型（Booster.save_model），或只含标准算子、不含函数的 ONNX 文件（*.onnx）",
    ),
    "import_broken": ("it cannot be read: {reason}", "无法读取：{reason}"),
    "import_unknown": ("it wants {names}", "它需要 {names}"),
    "import_columns": ("columns of the project, in this order: {names}", "项目的列，依此顺序：{names}"),
    "import_fix": (
        "name the model's features like the columns; take columns out with columns: {{NAME: {{role: ignore}}}}",
        "将模型的特征命名为列名；多余的列用 columns: {{NAME: {{role: ignore}}}} 去除",
    ),
    "import_count": ("it takes {count} columns", "它接受 {count} 列"),
    "import_categories": ("it was trained on {count} columns of categories", "它训练时有 {count} 个类别列"),
    "import_answers": ("objective {objective}, {width} columns of scores", "目标函数 {objective}，{width} 列分数"),
    "import_question": (
        "an objective for {task} with {width} columns of scores: binary, cross_entropy, multiclass, regression, "
        "regression_l1, huber, fair, quantile, mape",
        "适合 {task} 且有 {width} 列分数的目标函数：binary、cross_entropy、multiclass、regression、regression_l1、"
        "huber、fair、quantile、mape",
    ),
    "import_odd_trees": ("leaves with linear models, or zero_as_missing", "叶中含线性模型，或使用了 zero_as_missing"),
    "import_plain_trees": ("trees whose leaves are numbers and whose zeros are numbers", "叶为数值、零为数值的树"),
    "import_inputs": (
        "one input [rows, columns] of numbers in that order, or one input [rows, 1] per column, named like it",
        "一个按此顺序的数值输入 [行, 列]，或每列一个同名输入 [行, 1]",
    ),
    "import_kind": ("input {name} of {kind}", "输入 {name} 的类型为 {kind}"),
    "import_kinds": ("float or double for numbers, string for categories", "数值用 float 或 double，类别用 string"),
    "import_outputs": ("its outputs {outputs}", "其输出为 {outputs}"),
    "import_output": (
        "an output of floats with a column per class, or {width}",
        "一个浮点输出，每类一列，或共 {width} 列",
    ),
    "import_fix_output": (
        "from skl2onnx: options={{'zipmap': False}}",
        "使用 skl2onnx 时：options={{'zipmap': False}}",
    ),
    "import_old_trees": (
        "operators {names} of an old form, beside trees of the new one",
        "旧形式的算子 {names}，与新形式的树并存",
    ),
    "import_alone": ("such a file without trees and deep_trees beside it", "此类文件不与 trees、deep_trees 同用"),
    "import_reversed": (
        "it ranks {label} below {other} (ROC-AUC {auc}): its 1 is taken for the positive class, {label}; if its 1 means "
        "{other}, set predict: {{positive: {other}}}",
        "它把 {label} 排在 {other} 之后（ROC-AUC {auc}）：其 1 被当作正类 {label}；若其 1 表示 {other}，"
        "请设置 predict: {{positive: {other}}}",
    ),
    "import_mixed_up": (
        "it ranks the rows of these classes below the others (ROC-AUC): {found}; its columns are taken for {labels}, in "
        "this order; export it with its columns so",
        "它把这些类别的行排在其余行之后（ROC-AUC）：{found}；其各列依次被当作 {labels}；请按此顺序导出各列",
    ),
    "got_task": ("a target of {task}", "{task} 类型的目标"),
    "expected_classes": ("a target of classes: task: classification", "类别目标：task: classification"),
    "fix_classes": ("leave this method out for such a target", "此类目标请不用该方法"),
    "expected_class": ("one of the classes: {names}", "类别之一：{names}"),
    "got_undescribed": ("no description of: {names}", "没有描述的类别：{names}"),
    "expected_described": ("a description of every class, or several", "为每个类别写一条或多条描述"),
    "got_no_text": ("no text column", "没有文本列"),
    "expected_text": ("one of the text columns: {names}", "文本列之一：{names}"),
    "expected_a_text": ("a column of type text", "类型为 text 的列"),
    "got_no_encoder": ("no text column with a pre-trained encoder", "没有配置预训练编码器的文本列"),
    "expected_encoder": ("a text column that names an encoder", "指定了 encoder 的文本列"),
    "got_few": ("{rows} labelled rows in all; too few of: {names}", "共 {rows} 行有标签；过少的类别：{names}"),
    "expected_few": (
        "at least {fewest} labelled rows of each class; 8 to 64 are usual",
        "每个类别至少 {fewest} 行有标签；通常为 8 至 64 行",
    ),
    "fix_few": (
        "label more rows (`modelyard label` proposes which), or describe the classes to `zero_shot`",
        "标注更多的行（`modelyard label` 会建议先标哪些），或在 `zero_shot` 中描述各类别",
    ),
    "expected_tuned": (
        "an encoder that may learn: tune: auto, lora or full",
        "可以学习的编码器：tune: auto、lora 或 full",
    ),
    "fix_frozen": ("few_shot leaves encoders as they are", "若要保持编码器不变，请用 few_shot"),
    "got_nothing": ("nothing", "没有填写"),
    "expected_endpoint_to_ask": ("the address of a chat endpoint", "对话接口的地址"),
    "fix_endpoint_to_ask": ("name one: endpoint: https://host/v1", "指定一个：endpoint: https://host/v1"),
    "expected_model_to_ask": ("the name of a model at the endpoint", "接口上模型的名称"),
    "fix_model_to_ask": ("name one: model: NAME", "指定一个：model: NAME"),
    "got_no_answer": ("no answer: {reason}", "没有回答：{reason}"),
    "expected_answer": ("an OpenAI-shaped chat endpoint that answers", "能正常回答的 OpenAI 形式的对话接口"),
    "fix_answer": (
        "see that it runs at this address and knows the model and the key, and run again; answers so far are kept",
        "确认该地址的服务在运行、模型名与密钥无误，然后重新运行；已得到的回答均已保存",
    ),
    "prompt_measured": (
        "measured only: a bundle calls nobody, so this is never what ships",
        "仅作比较：产品包不调用外部服务，因此不会选用此方法",
    ),
    "prompt_asked": (
        "{asked} rows asked, {cached} more answered from the cache; {unclear} answers named no class and {unanswered} "
        "did not come: these rows count as the prior",
        "询问了 {asked} 行，另有 {cached} 行取自缓存；{unclear} 个回答未指明类别，{unanswered} 个没有回答：这些行按先验计",
    ),
    "prompt_left": (
        "{left} rows were not asked (most_rows, or the time was up) and count as the prior",
        "{left} 行未询问（超出 most_rows 或时间已到），按先验计",
    ),
    "prompt_latency": (
        "an answer took {median} ms in the median, 95 % came within {late} ms",
        "回答耗时中位数 {median} 毫秒，95% 在 {late} 毫秒以内",
    ),
    "prompt_tokens": (
        "1,000 rows are {read} tokens of questions and {written} of answers",
        "每 1,000 行：提问 {read} 个 token，回答 {written} 个 token",
    ),
    "prompt_cost": ("1,000 rows cost {cost} {currency}", "每 1,000 行费用 {cost} {currency}"),
    "prompt_not_kept": (
        "answers could not be kept ({reason}): the next run asks again",
        "回答无法保存（{reason}）：下次运行将重新询问",
    ),
    "fix_left_out": ("leave this option out for such a target", "此类目标请去掉该选项"),
    "left_classifier": (
        "`transformers` reads this folder as a classifier: AutoModelForSequenceClassification.from_pretrained(folder).",
        "`transformers` 可将此文件夹读作分类器：AutoModelForSequenceClassification.from_pretrained(文件夹)。",
    ),
    "left_encoder": (
        "`transformers` reads the encoder here, AutoModel.from_pretrained(folder), without what turns its vectors into "
        "answers: that is in reader.json and reader.safetensors. A classifier as `transformers` has it reads one text "
        "whose encoder learns, by its first token (pooling: cls), with no table beside it, and one of a few classes.",
        "`transformers` 在此可读取编码器：AutoModel.from_pretrained(文件夹)；把向量变成答案的部分在 reader.json 与 "
        "reader.safetensors 中。`transformers` 的分类器只读取一个文本列，编码器须参与学习，取首个 token（pooling: cls），"
        "不带表格列，并输出若干类别之一。",
    ),
    "tuned_long": (
        "{column}: {count} of {total} texts are longer than {window} tokens and are read in several windows; nothing is "
        "cut off",
        "{column}：{total} 条文本中有 {count} 条超过 {window} 个 token，分多个窗口读取；没有任何内容被截断",
    ),
    "import_texts": ("several text columns: {names}", "多个文本列：{names}"),
    "import_classes": ("its classes {names}", "其类别 {names}"),
    "import_own_classes": ("the classes of the target: {names}", "目标的类别：{names}"),
    "expected_entailment": (
        "a checkpoint of natural language inference, exactly one of whose classes is called entailment",
        "自然语言推理检查点，且恰有一个类别名为 entailment",
    ),
    "fix_entailment": (
        "name that class in id2label of its config.json: entailment",
        "在其 config.json 的 id2label 中将该类别命名为 entailment",
    ),
    "got_long_description": ("a description of {tokens} tokens", "长达 {tokens} 个词元的描述"),
    "expected_short_description": (
        "descriptions that leave 16 tokens or more for the text in what the checkpoint reads at once",
        "描述需短到能在检查点一次读取的长度内为文本留出至少 16 个词元",
    ),
    "import_fix_classes": (
        "name its classes in id2label of its config.json as the data names them",
        "在其 config.json 的 id2label 中按数据里的写法命名各类别",
    ),
}
