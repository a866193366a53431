"""Executes a bundle: verify, steps, graphs, answers. Copied verbatim into every bundle; numpy and onnxruntime only;
tokenizers where a bundle reads token ids."""
