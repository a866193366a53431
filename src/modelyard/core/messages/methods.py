"""What methods say about their work."""

TEXTS = {
    "stopped_patience": (
        "stopped after {done}: the validation loss was last better at {best}",
        "在第 {done} 步停止：验证损失最近一次改善是在第 {best} 步",
    ),
    "stopped_watch": (
        "stopped after {done} because time was up; the best so far, {best}, is kept",
        "时间用完，在第 {done} 步停止；保留目前最好的第 {best} 步",
    ),
    "stopped_diverged": (
        "stopped after {done} because the loss was no longer a number; try a smaller learning_rate; {best} is kept",
        "在第 {done} 步后损失不再是数，已停止；请调小 learning_rate；保留第 {best} 步",
    ),
    "nothing_learnt": ("no step was better than the prior, which is kept", "没有一步优于先验，保留先验"),
    "not_converged": (
        "{count} of {total} fits ended at max_iter before they had converged",
        "{total} 次拟合中有 {count} 次到达 max_iter 仍未收敛",
    ),
    "layers_and_widths": (
        "`widths` with one number for each of the {layers} layers, or one number for all; got {widths}",
        "`widths` 应为 {layers} 层各一个数，或一个数用于所有层；得到 {widths}",
    ),
}
