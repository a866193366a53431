"""What can be set for a yes-or-no column."""

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("yes or no", "是否")
ORDERED = True


class Options(BaseModel):
    """Keys of a boolean column in `columns:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: list[str | float] = Field([], description="further cells that mean missing, e.g. -999")
    yes_words: list[str] | None = Field(None, description="further words for yes, e.g. 合格")
    no_words: list[str] | None = Field(
        None, description="further words for no, e.g. 不合格; by default 无 where 有 is a yes"
    )
