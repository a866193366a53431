"""The four labels of an error, and what all rooms say in the same words."""

TEXTS = {
    "place": ("Where:    ", "位置："),
    "got": ("Got:      ", "得到："),
    "expected": ("Expected: ", "应为："),
    "fix": ("Fix:      ", "改法："),
    "did_you_mean": ("did you mean {names}?", "是否想写 {names}？"),
    "install": ("pip install 'modelyard[{extra}]'", "pip install 'modelyard[{extra}]'"),
}
