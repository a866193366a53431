"""Tables and files as they are read."""

TEXTS = {
    "place_table": ("the table that was given", "给出的表"),
    "lengths": ("columns of different lengths: {lengths}", "各列长度不同：{lengths}"),
    "expected_table": (
        "a mapping of equally long columns, a list of row dictionaries, a frame, or a 2-D array",
        "等长列的映射、行字典的列表、数据框，或二维数组",
    ),
    "fix_table": ('e.g. {{"age": [31, 52], "risk": ["good", "bad"]}}', '例如 {{"age": [31, 52], "risk": ["good", "bad"]}}'),
}
