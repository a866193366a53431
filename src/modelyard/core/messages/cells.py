"""How cells were read, and what could not be."""

TEXTS = {
    "count": ("{count:,} cells", "{count:,} 个单元格"),
    "about": ("about {count:,} cells", "约 {count:,} 个单元格"),
    "missing": ("missing", "缺失"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    # ---------------------------------------------------------- what reading did
    "how_missing": ("words that mean missing", "表示缺失的词"),
    "how_multiplier": ("multiplied", "已按倍数换算"),
    "how_percent": ("percent as a share; `percent: points` keeps 85", "百分数按比例；`percent: points` 则保留 85"),
    "how_points": ("percent as points", "百分数按百分点"),
    "how_unit": ("unit taken off", "去掉单位"),
    "how_converted": ("converted to the column's unit", "已换算为本列的单位"),
    "how_bare": ("no unit, taken to be in the column's", "没有单位，按本列的单位理解"),
    "how_negative": ("negative", "负数"),
    "how_decimal": (
        "a comma divides, a point groups; `decimal: point` if not",
        "逗号是小数点，句点是千分位；若相反，写 `decimal: point`",
    ),
    "how_grouped": ("thousands are grouped", "千分位"),
    "how_cleaned": ("control characters and half characters taken out", "去掉控制字符和不完整的字符"),
    "how_wide": ("full width or unusual signs", "全角或特殊字符"),
    "how_zeros": ("zeros in front are lost; `type: category` keeps them", "前导零被去掉；写 `type: category` 可保留"),
    "how_numeral": ("numerals", "中文数字"),
    "how_fraction": ("fractions", "分数"),
    "how_clock": ("times in hours", "时间折算为小时"),
    "how_yes_no": ("yes or no", "是与否"),
    "how_kept": (
        "kept as a value; `missing: [...]` if it means nothing",
        "保留为取值；若表示缺失，写 `missing: [...]`",
    ),
    "how_code": ("digits that name something: kept as written", "数字作为代码：按原样保留"),
    "how_exact": ("long numbers: every digit kept", "长数字：逐位保留"),
    "how_date": ("dates", "日期"),
    "how_compact": ("dates in digits", "数字形式的日期"),
    "how_month": ("months, from their first day", "月份，取当月第一天"),
    "how_zone": ("times in UTC", "时间换算为 UTC"),
    "how_day_first": ("day first; `day_first: false` if not", "日在前；否则写 `day_first: false`"),
    "how_month_first": ("month first; `day_first: true` if not", "月在前；否则写 `day_first: true`"),
    "how_seconds": ("seconds since 1970", "1970 年以来的秒数"),
    "how_milliseconds": ("milliseconds since 1970", "1970 年以来的毫秒数"),
    "how_days": ("days as spreadsheets count them", "电子表格的日期序号"),
    "how_digits": ("dates in digits", "数字形式的日期"),
    # ------------------------------------------------------------ what is open
    "note_nearly": (
        "{column}: {share:.0%} of the cells read as `{modality}`, the others do not (rows {cells}), so it is `{taken}`;"
        " mend those cells, or say in `columns:` what it is",
        "{column}：{share:.0%} 的单元格可读作 `{modality}`，其余不能（行 {cells}），因此按 `{taken}` 处理；"
        "请修正这些单元格，或在 `columns:` 中写明类型",
    ),
    "note_rounded_ids": (
        "a spreadsheet has rounded these long numbers, their last digits are lost ({example}); export the columns as"
        " text and try again: {columns}",
        "电子表格把这些长号码四舍五入，末尾几位已丢失（{example}）；请以文本格式重新导出这些列：{columns}",
    ),
    "note_two_orders": (
        "in some dates the day stands first, in others the month ({example}): who wrote them knows which is which:"
        " {columns}",
        "有的日期日在前，有的月在前（{example}），只有填写的人知道：{columns}",
    ),
    "note_mixed_units": (
        "amounts in units that cannot be converted into each other ({example}), so they are no numbers: {columns}",
        "数量的单位不同且无法换算（{example}），因此不按数值处理：{columns}",
    ),
    "note_bare_percent": (
        "percents beside plain numbers above 1 ({example}), which may be percents or not; `percent: points` takes them"
        " as such: {columns}",
        "百分数与大于 1 的普通数字混在一起（{example}），无法判断后者是否也是百分数；`percent: points` 会都按百分点读取：{columns}",
    ),
    "note_decimal_mark": (
        "some columns write a decimal comma, others a decimal point, and here a point may be either ({example}); it is"
        " taken to divide, unless `decimal: comma` says that it groups thousands (`decimal: point`: it divides):"
        " {columns}",
        "有的列以逗号作小数点，有的列以句点作小数点，这里两种都可能（{example}），按句点是小数点理解；若句点是千分位，请写"
        " `decimal: comma`（确为小数点则写 `decimal: point`）：{columns}",
    ),
    "note_target_mark": (
        "other columns write a decimal comma; in the target a point is taken to divide and a comma to group"
        " ({example}); if it is the other way round, write these numbers without grouping and with a decimal point:"
        " {columns}",
        "其他列以逗号作小数点；目标列按句点是小数点、逗号是千分位理解（{example}）；若相反，请去掉千分位并改用句点作小数点："
        "{columns}",
    ),
    "note_day_order": (
        "nothing shows whether the day or the month stands first ({example}); the month is taken to, unless"
        " `day_first: true` says otherwise: {columns}",
        "无法判断日在前还是月在前（{example}），按月在前理解；若日在前，请写 `day_first: true`：{columns}",
    ),
}
