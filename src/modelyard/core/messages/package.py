"""Bundles as they are made and checked."""

TEXTS = {
    "usage": (
        "python predict.py rows.csv | rows.jsonl | -     (answers go to standard output)",
        "python predict.py rows.csv | rows.jsonl | -     （结果写到标准输出）",
    ),
    "place": ("the release check of {folder}", "对 {folder} 的发布检查"),
    "differs": (
        "{target}.{output} differs by {difference} from training's own answers ({batch} rows per call; allowed {allowed})",
        "{target}.{output} 与训练侧结果相差 {difference}（每次 {batch} 行；允许 {allowed}）",
    ),
    "expected_same": ("answers that training gives, alone and in batches", "单行与成批的结果都与训练侧一致"),
    "not_alone": ("a program that does not run by itself: {reason}", "程序无法独立运行：{reason}"),
    "expected_alone": ("a bundle that needs numpy, onnxruntime and, for texts, tokenizers only", "只需 numpy、onnxruntime（文本另需 tokenizers）的产品包"),
    "fix": (
        "this is a fault of Modelyard or of a plug-in, not of your data: please report it with this text",
        "这是 Modelyard 或某个插件的缺陷，与您的数据无关：请附上这段文字反馈",
    ),
    "not_finite": ("{target}.{output} is not a number for {count} of the recorded requests", "{target}.{output} 对 {count} 个记录的请求给出了非数值"),
    "held_up": (
        "{target} never falls as {column} rises: held on {rows} rows x {steps} values, on the bundle",
        "{column}增大时 {target} 从不下降：在产品包上以 {rows} 行 × {steps} 个取值验证成立",
    ),
    "held_down": (
        "{target} never rises as {column} rises: held on {rows} rows x {steps} values, on the bundle",
        "{column} 增大时 {target} 从不上升：在产品包上以 {rows} 行 × {steps} 个取值验证成立",
    ),
    "not_up": ("{target} falls somewhere as {column} rises", "{column} 增大时 {target} 有下降之处"),
    "not_down": ("{target} rises somewhere as {column} rises", "{column} 增大时 {target} 有上升之处"),
    "expect_up": ("{target} never falls as {column} rises", "{column} 增大时 {target} 从不下降"),
    "expect_down": ("{target} never rises as {column} rises", "{column} 增大时 {target} 从不上升"),
    "fix_monotone": (
        "an imported model or a method of your own does not keep it: train with other methods, or take monotone out",
        "导入的模型或自写的方法未能保证：请改用其他方法训练，或去掉 monotone",
    ),
    "expected_finite": ("a number for every request", "每个请求都有数值结果"),
}  # fmt: skip
