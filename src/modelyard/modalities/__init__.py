"""Kinds of columns: one folder each, found by its name.

options.py      the keys that a column of this kind may have in `modelyard.yaml`
preprocess.py   cells -> canonical values -> a block -> views, in numpy; copied into every bundle
fragment.py     block -> views, in ONNX
"""
