"""Tables that are given in memory."""

TEXTS = {
    "widths": ("rows of different lengths: {widths}", "各行长度不同：{widths}"),
    "names": ("{width} columns and {names} names for them", "有 {width} 列，却有 {names} 个列名"),
    "not_a_column": ("column `{name}` is {kind}, no list of cells", "列 `{name}` 是 {kind}，不是单元格的列表"),
}
