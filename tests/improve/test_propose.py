"""Rows to label first, with a bundle and without."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelyard
from modelyard.core import messages
from modelyard.core.errors import DataError
from modelyard.improve import propose as proposing
from modelyard.improve.pool import Pool, open_pool
from modelyard.improve.propose import doubt_of, propose
from modelyard.pipeline import as_project

Make = Callable[..., Pool]
WORDS = ("refund", "delivery", "invoice", "password", "thanks")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a finished run; rows from 200 on have no label, the last 40 of them are unlike any other."""
    folder = tmp_path_factory.mktemp("trained")
    generator = np.random.default_rng(0)
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ticket", "amount", "kind", "urgent"])
        for n in range(400):
            amount = generator.normal() + (40 if n >= 360 else 0)
            urgent = "yes" if amount + 0.3 * generator.normal() > 0 else "no"
            writer.writerow([f"T{n:04}", f"{amount:.3f}", WORDS[n % 5], urgent if n < 200 else ""])
    settings = {
        "data": "data.csv",
        "predict": "urgent",
        "train": {"method": "linear"},
        "columns": {"ticket": {"role": "key"}},
    }
    (folder / "modelyard.yaml").write_text(json.dumps(settings), "utf-8")
    modelyard.run(folder)
    return folder


def pool_of(folder: Path, **more: Any) -> Pool:
    return open_pool(as_project(str(folder), None, {})[0], **more)


def test_without_a_bundle_rows_are_unlike_each_other(make_pool: Make) -> None:
    pool = make_pool()
    proposal = propose(pool, 6)
    texts = {str(cell)[:6] for cell in pool.table["review"][proposal.rows]}
    assert len(texts) == 6, "one of each kind of text"
    assert {note.key for note in proposal.why} <= {"improve.why_spread", "improve.why_alone"}
    assert proposal.guesses == {} and proposal.unlabelled == 48
    assert (proposal.rows >= 12).all(), "the first twelve have their labels"


def test_the_same_pool_the_same_rows(make_pool: Make) -> None:
    pool = make_pool()
    assert propose(pool, 10).rows.tolist() == propose(pool, 10).rows.tolist()
    other = make_pool(train={"seed": 5})
    assert propose(other, 10).rows.tolist() != propose(pool, 10).rows.tolist()


def test_all_rows_can_be_asked_for_and_no_more(make_pool: Make) -> None:
    proposal = propose(make_pool(), 1000)
    assert sorted(proposal.rows.tolist()) == list(range(12, 60))
    assert propose(make_pool(rows=13), 5).rows.tolist() == [12]


def test_copies_are_asked_for_once(table_file: Any, tmp_path: Path) -> None:
    table_file("data.csv", [["text", "mood"], *([f"text {n % 3}", ""] for n in range(30))])
    (tmp_path / "modelyard.yaml").write_text("data: data.csv\npredict: mood\n", "utf-8")
    assert len(propose(pool_of(tmp_path), 10).rows) == 3


def test_copies_of_labelled_rows_are_not_asked_for(table_file: Any, tmp_path: Path) -> None:
    table_file("data.csv", [["text", "mood"], *([f"text {n % 3}", "good" if n < 6 else ""] for n in range(30))])
    (tmp_path / "modelyard.yaml").write_text("data: data.csv\npredict: mood\n", "utf-8")
    with pytest.raises(DataError, match="24 unlabelled rows, each of them a copy"):
        propose(pool_of(tmp_path), 10)


def test_nothing_to_label(make_pool: Make) -> None:
    for language, words in (("en", "60 rows, all of them labelled"), ("zh", "60 行，都已有标签")):
        messages.use(language)
        with pytest.raises(DataError, match=words):
            propose(make_pool(known=60), 5)


def test_of_very_many_rows_some_are_looked_at(make_pool: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposing, "MOST", 20)
    proposal = propose(make_pool(), 50)
    assert (proposal.unlabelled, proposal.looked_at, len(proposal.rows)) == (48, 20, 20)
    assert (np.diff(np.sort(proposal.rows)) > 0).all()


def test_a_bundle_asks_for_what_it_is_unsure_of(trained: Path) -> None:
    pool = pool_of(trained)
    proposal = propose(pool, 20)
    kinds = [note.key for note in proposal.why]
    assert kinds[:5].count("improve.why_between") == 0 and set(kinds[5:]) == {"improve.why_between"}
    amounts = np.abs(pool.table["amount"][proposal.rows].astype(float))
    assert (amounts[5:] < 1.0).all(), "near the border"
    assert (amounts[:5] > 30).any(), "and what no model has seen"
    guess = proposal.guesses["urgent"]
    assert guess.probability is not None and len(guess.values) == len(guess.probability) == 20
    assert all(0.5 <= one <= 1.0 for one in guess.probability)
    assert "uncertain: yes 0." in str(proposal.why[-1]) or "uncertain: no 0." in str(proposal.why[-1])


def test_a_run_can_be_named(trained: Path) -> None:
    run = next((trained / ".modelyard" / "runs").iterdir()).name
    pool = pool_of(trained, run=run)
    assert pool.bundle is not None and pool.bundle.path.parent.name == run


def test_a_pool_beside_the_project_keeps_its_distance_from_what_is_labelled(trained: Path, tmp_path: Path) -> None:
    lines = ["ticket,amount,kind", *(f"N{n},{40 + n / 100 if n < 3 else n % 20 / 10 - 1},refund" for n in range(100))]
    (tmp_path / "new.csv").write_text("\n".join(lines), "utf-8")
    pool = pool_of(trained, data=str(tmp_path / "new.csv"))
    assert len(pool.other["urgent"]) == 400
    assert propose(pool, 4).rows[0] < 3, "nothing like these three has a label"


def test_a_pool_that_lacks_an_input_is_refused(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("ticket,kind\nN1,refund\nN2,refund\n", "utf-8")
    with pytest.raises(DataError, match=r"amount[\s\S]*the columns that bundle"):
        pool_of(trained, data=str(tmp_path / "new.csv"))


def test_cells_that_nobody_can_read_stop_nobody(trained: Path, tmp_path: Path) -> None:
    lines = [
        "ticket,amount,kind",
        *(f"N{n},{'???' if n == 3 else 'a lot' if n == 4 else n / 10},refund" for n in range(20)),
    ]
    (tmp_path / "new.csv").write_text("\n".join(lines), "utf-8")
    assert len(propose(pool_of(trained, data=str(tmp_path / "new.csv")), 19).rows) == 19


def test_doubt() -> None:
    classes = {"a": np.array([0.5, 0.9, 1 / 3]), "b": np.array([0.5, 0.1, 1 / 3]), "c": np.array([0.0, 0.0, 1 / 3])}
    labels = {"a": np.array([0.5, 0.99]), "b": np.array([0.9, 0.02])}
    for probability, expected in ((classes, [1.0, 0.2, 1.0]), (labels, [1.0, 0.04])):
        found = doubt_of({"value": [], "probability": probability})
        assert found is not None and np.allclose(found, expected)
    assert doubt_of({"value": np.zeros(3)}) is None
