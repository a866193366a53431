"""Networks that read texts: pre-trained checkpoints in Hugging Face's form, and small ones that start from nothing.

A plug-in is a folder here. `hugging_face` has the parts `load`, `save` and `classifier`, the others `options` and
`build`:

    part("backbones", "hugging_face", "load").load(folder, remote_code)        -> a backbone
    part("backbones", "hugging_face", "save").save(backbone, folder, origin)   a folder that `from_pretrained` reads
    part("backbones", "cnn", "options").Options(width=64)                      -> its options, checked
    part("backbones", "cnn", "build").build(vocabulary, options)               -> a backbone with fresh weights

A *backbone* is a `torch.nn.Module`: `forward(ids [pieces, length] int64, mask [pieces, length] bool)` gives hidden
states [pieces, length, width]. The mask says where a piece has tokens: at least one, and all of them before its
padding. What stands in the padding never changes an answer at a token. `width` is an int; `layers()` are its parts
from the bottom to the top, which together hold all parameters.
"""
