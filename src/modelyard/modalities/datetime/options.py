"""What can be set for a column of dates."""

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("date and time", "日期时间")
ORDERED = False


class Options(BaseModel):
    """Keys of a datetime column in `columns:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: list[str | float] = Field([], description="further cells that mean missing, e.g. 1900-01-01")
    day_first: bool | None = Field(
        None, description="whether 03/05/2024 is the 3rd of May; by default what fits more cells, else the 5th of March"
    )
