"""Two bundles on the same rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from modelyard.core import messages
from modelyard.core.errors import DataError, ProjectError
from modelyard.core.protocols import Columns, Outputs
from modelyard.evaluate import compare as comparing
from modelyard.evaluate.compare import Comparison, compare, write
from modelyard.evaluate.evaluate import evaluate
from modelyard.evaluate.evidence import write as write_evidence
from modelyard.runtime.bundle import Bundle

Pair = Callable[..., tuple[Path, Path]]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> dict[Path, Any]:
    """Bundles that are functions, by the folder they are loaded from."""
    known: dict[Path, Any] = {}
    monkeypatch.setattr(Bundle, "load", staticmethod(lambda path: known[Path(path)]))
    return known


@pytest.fixture
def pair(tmp_path: Path, stand: Any, loaded: dict[Path, Any]) -> Pair:
    """A weak and a strong bundle, measured on tables, perhaps with keys."""

    def made(one: Columns, other: Columns, prints: tuple[str, str] = ("f", "f"), keys: tuple[str, ...] = ()) -> Any:
        found = []
        for number, (table, share, fingerprint) in enumerate(zip((one, other), (0.4, 2.5), prints, strict=True)):
            bundle = stand.risk_bundle(tmp_path / f"{number}")
            bundle.id = f"{number}" * 64
            bundle.manifest = {"carried": list(keys)}
            bundle.targets[0]["outputs"] = ["probability"]
            bundle.functions = {
                "risk": lambda columns, share=share: stand.two_class(share * columns["x"] - (share < 1) * 0.6)
            }
            request = stand.request_of(about={"test_fingerprint": fingerprint})
            write_evidence(evaluate(bundle, table, request), bundle.path / "evidence", bundle)
            loaded[bundle.path] = bundle
            found.append(bundle.path)
        return found[0], found[1]

    return made


def test_a_labelled_file_is_laid_out_as_those_before(
    pair: Pair, stand: Any, tmp_path: Path, loaded: dict[Path, Any]
) -> None:
    one, other = pair(stand.risk_table(100), stand.risk_table(100))
    for bundle in loaded.values():
        answer = bundle.functions["risk"]
        bundle.functions["risk"] = lambda columns, answer=answer: answer({**columns, "x": columns["x"].astype(float)})
    loaded[other].manifest = {"layout": {"encoding": "cp1251"}}
    table = {name: cells for name, cells in stand.risk_table(40).items() if name != "sex"}
    lines = [
        ",".join([*table, "заметка"]),
        *(",".join([*map(str, row), "ёж"]) for row in zip(*table.values(), strict=True)),
    ]
    (tmp_path / "a.csv").write_bytes("\n".join(lines).encode("cp1251"))
    assert compare(one, other, str(tmp_path / "a.csv")).rows == 40


def labelled(folder: Path, table: Columns) -> str:
    path = folder / "later.parquet"
    pyarrow.parquet.write_table(pyarrow.table({name: values.tolist() for name, values in table.items()}), path)
    return str(path)


def numbers(comparison: Comparison) -> Any:
    (target,) = comparison.targets
    return [(gap.metric, gap.one.value, gap.other.value, gap.difference.low) for gap in target.gaps]


def test_metrics_rows_and_costs_of_both_on_the_stored_rows(pair: Pair, stand: Any) -> None:
    table = stand.risk_table(400)
    found = compare(*pair(table, table))
    (target,) = found.targets
    assert (found.one, found.other, found.rows, target.rows) == ("0" * 64, "1" * 64, 400, 400)
    gaps = {gap.metric: gap for gap in target.gaps}
    for gap in gaps.values():
        assert gap.difference.value == pytest.approx(gap.other.value - gap.one.value)
    assert gaps["log_loss"].better == "lower" and gaps["balanced_accuracy"].standing == "better"
    assert gaps["roc_auc"].standing == "no_different"  # the order of rows is the same
    assert target.net.value == pytest.approx((target.fixed - target.broken) / 400)
    assert target.net.value == pytest.approx(gaps["accuracy"].difference.value)
    assert all(cost.latency_p50_ms.value for cost in found.costs)


def test_a_bundle_and_itself_differ_in_nothing(pair: Pair, stand: Any) -> None:
    one, _ = pair(stand.risk_table(100), stand.risk_table(100))
    (target,) = compare(one, one).targets
    assert (target.fixed, target.broken, target.changed["change"]) == (0, 0, [])
    assert {gap.standing for gap in target.gaps} == {"no_different"}


def test_stored_rows_are_matched_by_key_and_equal_those_of_a_file(pair: Pair, stand: Any, tmp_path: Path) -> None:
    table = {**stand.risk_table(300), "编号": np.asarray([f"k{number}" for number in range(300)], object)}
    mixed = np.random.default_rng(0).permutation(300)
    shuffled = {name: values[mixed] for name, values in table.items()}
    folders = pair(table, shuffled, keys=("编号",))
    stored, asked = compare(*folders), compare(*folders, labelled(tmp_path, table))
    for one, other in zip(numbers(stored), numbers(asked), strict=True):
        assert one[0] == other[0] and one[1:] == pytest.approx(
            other[1:], abs=0.02
        )  # resamples follow the order of rows
        assert one[1:3] == pytest.approx(other[1:3], abs=1e-5)
    (one,), (other,) = stored.targets, asked.targets
    assert (one.fixed, one.broken) == (other.fixed, other.broken)
    assert one.changed["编号"] == other.changed["编号"] and set(one.changed["编号"]) <= set(table["编号"])


def test_what_cannot_be_matched_asks_for_rows(pair: Pair, stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(60)
    backwards = {name: values[::-1] for name, values in table.items()}
    with pytest.raises(DataError, match=r"(?s)different test rows.*compare A B LABELLED"):
        compare(*pair(table, table, prints=("f", "g")))
    with pytest.raises(DataError, match="nobody can match"):
        compare(*pair(table, backwards))
    one, other = pair(table, table)
    for name in ("report.json", "test_predictions.csv"):
        (other / "evidence" / name).unlink()
        with pytest.raises(DataError):
            compare(one, other)
    assert compare(one, other, labelled(tmp_path, table)).rows == 60


def test_a_file_without_the_target_or_bundles_without_one_in_common(pair: Pair, stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(60)
    one, other = pair(table, table)
    unlabelled = {name: values for name, values in table.items() if name != "risk"}
    with pytest.raises(DataError, match="risk"):
        compare(one, other, labelled(tmp_path, unlabelled))
    Bundle.load(other).targets[0]["name"] = "amount"
    with pytest.raises(ProjectError, match=r"risk \(classification\) / amount"):
        compare(one, other)


def test_rows_that_one_of_them_does_not_know_are_left_out(pair: Pair, stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(80)
    folders = pair(table, table)
    table["risk"][:20] = "unheard of"
    (target,) = compare(*folders, labelled(tmp_path, table)).targets
    assert target.rows == 60
    table["risk"][:] = "unheard of"
    (target,) = compare(*folders, labelled(tmp_path, table)).targets
    assert (target.rows, target.gaps, target.net.value) == (0, (), None)


def test_the_rows_that_changed_are_written_the_broken_ones_first(pair: Pair, stand: Any, tmp_path: Path) -> None:
    table = stand.risk_table(400)
    comparison = compare(*pair(table, table))
    (path,) = write(comparison, tmp_path / "比较")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    (target,) = comparison.targets
    changes = [row["change"] for row in rows]
    assert changes == ["broken"] * target.broken + ["fixed"] * target.fixed and target.broken and target.fixed
    for row in rows:
        right = row["answer of B" if row["change"] == "fixed" else "answer of A"]
        assert right == row["risk"] == table["risk"][int(row["row"]) - 1]
    described = json.loads((tmp_path / "比较" / comparing.FILE).read_text("utf-8"))
    assert described["targets"][0]["gaps"][0]["standing"] and "changed" not in described["targets"][0]
    messages.use("zh")
    assert set(compare(*pair(table, table)).targets[0].changed["change"]) == {"改对", "改错"}


def other_outputs(outputs: Callable[[Columns], Outputs]) -> Callable[[Columns], Outputs]:
    """Nearer to the truth in the first half of the rows, farther off in the second."""

    def changed(columns: Columns) -> Outputs:
        ((name, values),) = outputs(columns).items()
        half = len(values) // 2
        return {name: np.concatenate([values[:half] * 0.9, values[half:] * 0.5]).astype(values.dtype)}

    return changed


@pytest.mark.parametrize("kind", ["number_bundle", "label_bundle"])
def test_numbers_and_sets_of_labels(kind: str, stand: Any, tmp_path: Path, loaded: dict[Path, Any]) -> None:
    one, table = getattr(stand, kind)(tmp_path / "one")
    other, _ = getattr(stand, kind)(tmp_path / "other")
    ((name, outputs),) = one.functions.items()
    other.functions = {name: other_outputs(outputs)}
    for bundle in (one, other):
        bundle.targets[0]["outputs"] = ["value" if kind == "number_bundle" else "probability"]
        request = stand.request_of(about={"test_fingerprint": "f"})
        write_evidence(evaluate(bundle, table, request), bundle.path / "evidence", bundle)
        loaded[bundle.path] = bundle
    stored, asked = compare(one.path, other.path), compare(one.path, other.path, labelled(tmp_path, table))
    (target,), (twin,) = stored.targets, asked.targets
    assert (target.fixed, target.broken) == (twin.fixed, twin.broken) and target.broken
    words = {"closer", "farther"} if kind == "number_bundle" else {"fixed", "broken"}
    assert set(target.changed["change"]) <= words
    assert [gap.metric for gap in target.gaps] == [gap.metric for gap in twin.gaps]


def test_only_so_many_changed_rows_are_kept(pair: Pair, stand: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_CHANGED", 3)
    table = stand.risk_table(400)
    (target,) = compare(*pair(table, table)).targets
    assert len(target.changed["change"]) == 3 and target.fixed + target.broken > 3
