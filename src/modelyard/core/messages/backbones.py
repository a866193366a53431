"""Pre-trained encoders."""

TEXTS = {
    "heads": (
        "a width of {width} cannot be split among {heads} heads: make it a multiple of {factor}",
        "宽度 {width} 无法分给 {heads} 个头：请设为 {factor} 的倍数",
    ),
    "place": ("encoder {name}", "编码器 {name}"),
    "expected_source": (
        "a folder, or a model's id at the hub, such as sentence-transformers/all-MiniLM-L6-v2",
        "文件夹，或模型库中的模型名，例如 sentence-transformers/all-MiniLM-L6-v2",
    ),
    "fix_source": ("name another encoder with `encoder:`", "用 `encoder:` 指定其他编码器"),
    "got_no_folder": (
        "there is no folder {path} (a relative name starts at the project's folder; for rows in memory, at the current one)",
        "没有文件夹 {path}（相对名称从项目文件夹算起；数据在内存中时，从当前文件夹算起）",
    ),
    "got_revision": ("revision {revision} of a folder", "为文件夹指定了版本 {revision}"),
    "expected_no_revision": ("a revision for models of the hub only", "只有模型库中的模型才有版本"),
    "fix_revision": ("take `revision` out", "删去 `revision`"),
    "fix_hub_revision": ("correct `revision`, or take it out", "改正或删去 `revision`"),
    "got_no_config": ("{path} has no config.json", "{path} 中没有 config.json"),
    "got_bad_config": ("its config.json is no JSON object", "其 config.json 不是 JSON 对象"),
    "expected_config": (
        "a checkpoint in Hugging Face's form: config.json, model.safetensors, tokenizer.json",
        "Hugging Face 格式的检查点：config.json、model.safetensors、tokenizer.json",
    ),
    "fix_again": ("fetch or save it again, whole", "重新完整地下载或保存"),
    "got_architecture": ("a model of the architecture {kind}. {near}", "架构为 {kind} 的模型。{near}"),
    "got_decoder": ("a {kind} that is set up to generate text", "设置为生成文本的 {kind}"),
    "expected_encoder": ("an encoder of texts: {known}", "文本编码器：{known}"),
    "got_remote_code": (
        "a model of the architecture {kind} that runs code of its own ({code})",
        "架构为 {kind} 的模型，需运行其自带代码（{code}）",
    ),
    "expected_no_code": (
        "an architecture without code of its own ({known}), or your consent",
        "无需自带代码的架构（{known}），或您的许可",
    ),
    "fix_remote_code": (
        "read that code; if you trust it, repeat the name: remote_code: {name}",
        "请先阅读该代码；若信任它，请重复其名称：remote_code: {name}",
    ),
    "got_no_tokenizer": ("{path} has no tokenizer", "{path} 中没有分词器"),
    "expected_tokenizer": (
        "tokenizer.json, or the vocabulary of an older tokenizer, beside the weights",
        "权重旁边有 tokenizer.json，或旧式分词器的词表",
    ),
    "fix_tokenizer": (
        "save it there: AutoTokenizer.from_pretrained(...).save_pretrained(folder)",
        "将其保存到该处：AutoTokenizer.from_pretrained(...).save_pretrained(folder)",
    ),
    "got_pickle": ("weights as pickle, {file}, which can run any code", "pickle 格式的权重 {file}，可执行任意代码"),
    "got_no_weights": ("{path} has no weights", "{path} 中没有权重"),
    "expected_safetensors": ("weights in model.safetensors", "权重在 model.safetensors 中"),
    "fix_pickle": (
        "where you trust it, save it again: AutoModel.from_pretrained(...).save_pretrained(folder)",
        "若信任它，请重新保存：AutoModel.from_pretrained(...).save_pretrained(folder)",
    ),
    "got_damaged": ("{file}: {reason}", "{file}：{reason}"),
    "got_unloadable": ("weights that cannot be loaded: {reason}", "无法加载的权重：{reason}"),
    "got_missing_weights": (
        "{count} weights of the encoder are not in the checkpoint, such as {name}",
        "检查点缺少编码器的 {count} 项权重，例如 {name}",
    ),
    "got_no_head": ("no head that classifies: it lacks {name}", "没有分类头：缺少 {name}"),
    "expected_head": ("a checkpoint that was tuned to classify", "为分类微调过的检查点"),
    "fix_head": ("name it as `encoder:` instead, and tune it here", "改用 `encoder:` 指定它，并在此微调"),
    "expected_whole": (
        "a whole checkpoint, whose weights fit its config.json",
        "完整的检查点，权重与 config.json 一致",
    ),
    "got_not_exported": (
        "a {kind} that cannot be written as an ONNX graph: {reason}",
        "无法写成 ONNX 图的 {kind}：{reason}",
    ),
    "expected_exported": ("an encoder that runs without torch", "无需 torch 即可运行的编码器"),
    "expected_hub": ("the library that fetches models", "用于下载模型的库"),
    "fix_hub": ("pip install 'modelyard[text]', or name a folder", "pip install 'modelyard[text]'，或指定文件夹"),
    "got_no_model": (
        "no model of that name at {endpoint}, and no such folder",
        "{endpoint} 上没有该模型，也没有这个文件夹",
    ),
    "got_no_revision": ("no revision {revision}", "没有版本 {revision}"),
    "expected_revision": ("a branch, a tag or a commit of that model", "该模型的分支、标签或提交"),
    "got_unreachable": (
        "no such folder, and {endpoint} gave no answer: {reason}",
        "没有这个文件夹，{endpoint} 也没有响应：{reason}",
    ),
    "expected_hub_answer": (
        "a hub within reach, or a model that was fetched before",
        "可访问的模型库，或此前已下载的模型",
    ),
    "fix_unreachable": (
        "fetch it on another machine and name the folder, or set HF_ENDPOINT to a mirror",
        "在另一台机器上下载后指定其文件夹，或将 HF_ENDPOINT 设为镜像站",
    ),
    "got_bad_tokenizer": ("a tokenizer that cannot be read: {reason}", "无法读取的分词器：{reason}"),
    "got_empty_vocabulary": ("no words", "没有词"),
    "got_large_tokenizer": (
        "a tokenizer of {ids} ids for a model of {rows}",
        "分词器有 {ids} 个编号，模型只认识 {rows} 个",
    ),
    "expected_own_tokenizer": ("the tokenizer that the encoder was trained with", "训练该编码器时所用的分词器"),
}
