"""What a column is: its modality and its role."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Role = Literal[
    "input", "target", "key", "time", "group", "split", "weight", "protected", "known_after_decision", "ignore"
]
ROLES: tuple[str, ...] = get_args(Role)
KEPT: tuple[Role, ...] = ("input", "target", "key", "protected")
"""Roles of the columns whose cells a Dataset keeps; the others have done their work when rows are split."""

ROLE_MEANINGS: dict[str, tuple[str, str]] = {
    "input": ("what the model looks at", "模型的输入"),
    "target": ("what is predicted", "要预测的列"),
    "key": (
        "names the row; carried along, never an input; decides the row's split",
        "行的标识；随结果带出，不作输入；决定该行分到哪一份",
    ),
    "time": ("when the row happened; later rows are the test", "行发生的时间；较晚的行用作测试"),
    "group": ("rows of one group stay in one split", "同组的行分在同一份"),
    "split": ("says train, valid or test for each row", "直接给出每行属于 train、valid 还是 test"),
    "weight": ("how much the row counts in training and in choices", "该行在训练和选择中的权重"),
    "protected": ("never an input, always a slice of the report", "不作输入，但报告中按它分组"),
    "known_after_decision": (
        "not known yet when the answer is needed; never an input",
        "需要作答时还不知道；从不作输入",
    ),
    "ignore": ("left out", "不使用"),
}


@dataclass(frozen=True)
class Column:
    """One column of the main table.

    Args:
        name: As in the data, in any script.
        modality: Name of the plug-in that reads it; empty when no modality can (its role is then `ignore`).
        role: One of `ROLES`.
        options: The modality's options, every default filled in.
        monotone: `up` or `down` where the answer may only rise or fall with the column; else empty.
        reason: Message key and values that say why inference decided so, e.g. ("prepare.because_id", {...}).
    """

    name: str
    modality: str
    role: Role = "input"
    options: dict[str, Any] = field(default_factory=dict)
    monotone: Literal["", "up", "down"] = ""
    reason: tuple[str, dict[str, Any]] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Column:
        """The inverse of `to_json`."""
        reason = data.get("reason")
        return cls(**{**data, "reason": (reason[0], reason[1]) if reason else None})
