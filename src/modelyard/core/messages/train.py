"""Training: the ladder, the plan, the clock."""

TEXTS = {
    "lacks": (
        "this install lacks {modules}: pip install 'modelyard[{extra}]'",
        "当前安装缺少 {modules}：pip install 'modelyard[{extra}]'",
    ),
    "expected_installed": ("a method that this install can run; {modules} is missing", "当前安装可运行的方法；缺少 {modules}"),
    "over_budget": ("needs about {seconds} s, more than the time budget leaves", "约需 {seconds} 秒，超出时间预算的余量"),
    "time_up": ("the time budget was spent", "时间预算已用完"),
    "nothing_to_mix": ("fewer than two models to mix", "可组合的模型不足两个"),
    "skipped": ("skipped: {reason}", "跳过：{reason}"),
    "baseline": ("the baseline: validation loss {loss:.4f}", "基线：验证集损失 {loss:.4f}"),
    "beats": (
        "beats {over} by {gain:.4f} (95 % interval {low:.4f} to {high:.4f})",
        "优于 {over}，损失低 {gain:.4f}（95 % 区间 {low:.4f} 至 {high:.4f}）",
    ),
    "worse": (
        "worse than {over} by {gain:.4f} (interval of the gain {low:.4f} to {high:.4f})",
        "劣于 {over}，损失高 {gain:.4f}（增益区间 {low:.4f} 至 {high:.4f}）",
    ),
    "noise": (
        "no different from {over} beyond noise (gain interval {low:.4f} to {high:.4f})",
        "与 {over} 的差别未超出噪声（增益区间 {low:.4f} 至 {high:.4f}）",
    ),
}
