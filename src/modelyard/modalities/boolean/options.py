"""What can be set for a yes-or-no column."""

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("yes or no", "是否")
ORDERED = True


class Options(BaseModel):
    """Keys of a boolean column in `columns:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: list[str | float] = Field([], description="further cells that mean missing, e.g. -999")
