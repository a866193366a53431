"""What can be set for a column of numbers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("number", "数值")
ORDERED = True


class Options(BaseModel):
    """Keys of a number column in `columns:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: list[str | float] = Field([], description="further cells that mean missing, e.g. -999")
    decimal: Literal["auto", "point", "comma"] = Field(
        "auto", description="how text spells numbers: 1,234.5 (point) or 1.234,5 (comma); auto: what fits more cells"
    )
    unit: str | None = Field(
        None,
        description="unit of the numbers, e.g. kg or 元; others of its kind are converted; by default the usual one",
    )
    percent: Literal["share", "points"] = Field("share", description="85% is 0.85 (share) or 85 (points)")
    text: bool | None = Field(
        None, description="whether a request may spell the number, e.g. 1.2万; by default where the data do"
    )
    scaling: Literal["auto", "standard", "robust", "quantile"] = Field(
        "auto",
        description="how linear models and networks see the numbers: in standard deviations, in quartile distances, or "
        "by their rank; auto: standard, by rank where the tails are long",
    )
