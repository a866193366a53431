"""What can be set for a column of texts."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TITLE = ("text", "文本")
ORDERED = False


class Options(BaseModel):
    """Keys of a text column in `columns:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: list[str | float] = Field([], description="further cells that mean missing, e.g. -999")
    encoder: str | None = Field(
        None,
        min_length=1,
        description="pre-trained encoder, as a Hugging Face id or a folder; or a small network of our own, learnt from"
        " nothing: cnn, gru, lstm, transformer",
    )
    revision: str | None = Field(
        None, min_length=1, description="commit, tag or branch of the encoder on the hub; a commit pins it"
    )
    remote_code: str | None = Field(
        None,
        min_length=1,
        description="repeats the name of an encoder that may run Python code of its own; else refused",
    )
    tune: Literal["auto", "frozen", "lora", "full"] = Field(
        "auto",
        description="how the encoder follows the data: not at all (frozen), by small matrices beside its weights"
        " (lora), with all its weights (full); auto: the ladder shows what each is worth",
    )
    pooling: Literal["auto", "mean", "cls", "max"] = Field(
        "auto",
        description="how the vectors of a text's tokens become one; auto: as the encoder was made for, else mean",
    )
    window: int = Field(
        256,
        ge=8,
        le=131_072,
        description="most tokens that the encoder sees at once, cut down to what it can take; longer texts are several"
        " windows, nothing is cut off",
    )
    overlap: int = Field(32, ge=0, le=65_536, description="tokens that one window repeats of the one before it")
    words: int | None = Field(
        None,
        ge=0,
        le=10,
        description="longest n-gram of words, 0: none; by default 2; 3 where each character is a word, as in Chinese",
    )
    characters: int | None = Field(
        None,
        ge=0,
        le=20,
        description="longest n-gram of characters, across words as well, 0: none; by default 4; 0 where each character"
        " is a word",
    )
    buckets: int = Field(
        262_144, ge=256, le=16_777_216, description="n-grams share so many weights, by a hash; no vocabulary ships"
    )
    rank: int = Field(8, ge=1, le=1024, description="width of the matrices that lora learns beside each weight matrix")
    alpha: float = Field(16.0, gt=0, le=4096, description="how strongly those matrices count, over their width")
    adapter: Literal["lora", "dora", "rslora"] = Field(
        "lora",
        description="form of those matrices: plain; direction apart from size (dora); counted over the width's root"
        " (rslora)",
    )
