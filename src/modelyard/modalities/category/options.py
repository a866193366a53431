"""What can be set for a column of categories."""

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("category", "类别")
ORDERED = False


class Options(BaseModel):
    """Keys of a category column in `columns:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: list[str | float] = Field([], description="further cells that mean missing, e.g. -999")
    keep: list[str] | None = Field(
        None, description="texts that stay levels as they are, e.g. 无 or unknown; by default decided from the column"
    )
    max_levels: int = Field(
        256, ge=1, le=100_000, description="the most frequent levels are told apart, others are rare"
    )
    min_count: int | None = Field(
        None,
        ge=1,
        description="levels with fewer training rows are rare; by default 2 in columns of more than 50 levels",
    )
    onehot: int = Field(64, ge=1, le=10_000, description="levels with a column of their own in the dense view, at most")
    hash_buckets: int = Field(
        0,
        ge=0,
        le=1024,
        description="levels that are not told apart, new ones too, share so many buckets by a hash; 0: they are one",
    )
