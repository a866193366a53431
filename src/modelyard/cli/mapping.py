"""What `modelyard init --recipe R --data my.csv` prints: which own column was taken for which of the recipe's."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.cli.console import table
from modelyard.core import plugins
from modelyard.core.messages import pick, text
from modelyard.prepare.contract import Part, described
from modelyard.prepare.matching import GUESSES, Match
from modelyard.prepare.own import Adopted


def lines(adopted: Adopted) -> Iterator[str]:
    """The table of the columns, and what a person has to look at."""
    known, matching = adopted.contract, adopted.matching
    found = {one.theirs: one for one in matching.matches}
    yield pick(known.title)
    yield pick(known.purpose)
    yield ""
    heads = [text(f"recipes.{head}") for head in ("theirs", "mine", "how", "means")]
    yield table(heads, [_row(theirs, part, found.get(theirs)) for theirs, part in known.columns.items()])
    yield ""
    if matching.extra:
        yield text("recipes.extra", columns=", ".join(matching.extra))
    if any(one.how in GUESSES for one in matching.matches):
        yield text("recipes.guessed")
    yield text("recipes.own_goals")


def _row(theirs: str, part: Part, match: Match | None) -> list[str]:
    if match is None:
        return [theirs, "-", text("recipes.left_out"), described(part)]
    how = text(f"recipes.how_{match.how}")
    if not match.reads:
        how += text("recipes.reads_not", type=pick(plugins.part("modalities", part.type, "options").TITLE))
    if match.outside and part.range is not None:
        how += text("recipes.outside", low=part.range[0], high=part.range[1])
    return [theirs, match.mine, how, described(part)]
