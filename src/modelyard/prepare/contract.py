"""`recipe.yaml`: what a recipe is for, where its public data come from, and the columns that it expects.

The contract is said once, here: `init` writes the `columns:` of a new project from it, own tables are matched against
it, tests make rows of it. Nothing in it is about one file, but for `data:` and `codes:`, which read the public one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from unicodedata import normalize

from pydantic import BeforeValidator, Field, model_validator

from modelyard.core import plugins
from modelyard.core.messages import pick, text
from modelyard.core.project import Strict
from modelyard.core.schema import Role
from modelyard.core.source import parse

DESCRIPTION = "recipe.yaml"
_UNTYPED: tuple[Role, ...] = ("key", "target", "group", "split", "known_after_decision", "ignore")
"""Roles of columns that no modality reads."""

Words = Annotated[tuple[str, str], BeforeValidator(lambda words: _both(words))]
"""English and Chinese; written {en: ..., zh: ...}."""


class Form(Strict):
    """How a public file is written, where it is not written as CSV files mostly are."""

    header: bool = Field(True, description="whether its first line holds names; else `columns` are in its order")
    separator: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1, description="empty where quotes are letters like others")
    layout: Literal["csv", "sections", "records"] = Field(
        "csv",
        description="sections: JSON, name of a section -> rows in the order of `columns`, which get that name as their "
        "last cell; records: JSON, key of a row -> its cells by name",
    )


class File(Strict):
    """One file of the public data."""

    mirror: str = Field(description="where it lies in the folder that MODELYARD_DATA names")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of that file")
    rows: int = Field(gt=0)
    part: str = Field("", description="last cell of its rows, where several files make up one table")


class Package(Strict):
    """A data set that a Python package carries."""

    package: Literal["scikit-learn"]
    dataset: str
    rows: int = Field(gt=0)


class Public(Strict):
    """The public data of a recipe."""

    files: dict[str, File | Package | tuple[File, ...]] = Field(
        min_length=1, description="name in the new project -> where it comes from; several files under each other"
    )
    form: Form = Form()
    source: str = Field(min_length=1, description="who made the data, and where they are published")
    copied: str = Field("", description="the copy whose sha256 is given, and what was changed in it")
    licence: str = Field(min_length=1)

    def origins(self, name: str) -> tuple[File | Package, ...]:
        """Where a file of the new project comes from."""
        found = self.files[name]
        return found if isinstance(found, tuple) else (found,)


class Part(Strict):
    """One column of the contract."""

    means: Words
    type: str = Field("", description="the modality; empty where no modality reads the column")
    role: Role = "input"
    monotone: Literal["", "up", "down"] = ""
    required: bool = Field(False, description="an own table without it is refused")
    own: bool = Field(False, description="the public data do not have it; own tables may")
    also: tuple[str, ...] = Field((), description="other names, in any language")
    unit: Words = ("", "")
    range: tuple[float | int, float | int] | tuple[str, str] | None = Field(None, description="of numbers, or dates")
    levels: dict[str, tuple[str, ...]] = Field({}, description="value -> how else it is written")
    open: bool = Field(False, description="a target has other classes besides `levels`, own tables those of their own")
    codes: dict[str, str] = Field({}, description="how the public file writes values -> the level")
    missing: tuple[str | int | float, ...] = Field((), description="further cells that mean missing")

    @property
    def spec(self) -> dict[str, Any]:
        """What `columns:` says of it; nothing for a target."""
        if self.role == "target":
            return {}
        told = {"type": self.type, "role": self.role, "monotone": self.monotone, "missing": list(self.missing)}
        return {key: value for key, value in told.items() if value and (key, value) != ("role", "input")}

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.type) == (self.role in _UNTYPED) or self.type not in ("", *plugins.names("modalities")):
            raise ValueError(f"type {self.type!r} does not go with the role {self.role}")
        free = self.role in ("key", "group", "ignore") or self.type in ("boolean", "text") or self.open
        if not free and not self.levels and self.range is None:
            raise ValueError("levels or a range is missing")
        if not set(self.codes.values()) <= set(self.levels):
            raise ValueError("codes stand for levels that are not declared")
        return self


class Contract(Strict):
    """A recipe."""

    title: Words
    purpose: Words = Field(description="the decision that it supports")
    data: Public
    columns: dict[str, Part]

    @property
    def target(self) -> str:
        """The column to predict."""
        return next(name for name, part in self.columns.items() if part.role == "target")

    @property
    def public(self) -> dict[str, Part]:
        """The columns that the public data have."""
        return {name: part for name, part in self.columns.items() if not part.own}

    @property
    def names(self) -> dict[str, str]:
        """Every name that a column goes by, made plain -> its name in the contract."""
        return {plain(one): name for name, part in self.columns.items() for one in (name, *part.also)}

    @model_validator(mode="after")
    def _clear(self) -> Self:
        if [part.role for part in self.columns.values()].count("target") != 1:
            raise ValueError("one column has to be the target")
        goes_by = [{plain(one) for one in (name, *part.also)} for name, part in self.columns.items()]
        if len(self.names) != sum(map(len, goes_by)):
            raise ValueError("a name stands for two columns")
        return self


def read(home: Path) -> Contract:
    """The contract of the recipe in a folder.

    Raises:
        ValidationError: It is not of this shape; tests read every recipe, so no user meets that.
    """
    return Contract.model_validate(parse((home / DESCRIPTION).read_text("utf-8"), DESCRIPTION).data)


def plain(written: object) -> str:
    """A name or a value without what people write differently: letters and digits in small letters, NFKC."""
    folded = normalize("NFKC", str(written)).casefold()
    return "".join(letter for letter in folded if letter.isalnum()) or folded.strip()


def described(part: Part) -> str:
    """What a column means, with its unit, in the language in use."""
    means, unit = pick(part.means), pick(part.unit)
    return text("recipes.with_unit", means=means, unit=unit) if unit else means


def _both(words: Any) -> Any:
    """{en: ..., zh: ...} -> the pair; anything else is for pydantic to refuse."""
    is_pair = isinstance(words, Mapping) and set(words) == {"en", "zh"}
    return (words["en"], words["zh"]) if is_pair else words
