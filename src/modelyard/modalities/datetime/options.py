"""What can be set for a column of dates."""

from typing import Literal

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
    numbers: Literal["seconds", "milliseconds", "days", "digits"] | None = Field(
        None,
        description="what a plain number counts: seconds or milliseconds since 1970, days as spreadsheets do (45356), "
        "or digits (20240305); by default what its size and the column's name say, else seconds",
    )
