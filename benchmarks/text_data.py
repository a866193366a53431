"""The public sets that `texts.py` measures on, as tables: name -> columns, and the part that each row is in."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from common import DATA
from sklearn.model_selection import train_test_split

Table = dict[str, list[Any]]
PART = "part"
"""The column that says train, valid or test."""


def sst2() -> Table:
    """Sentences of film reviews, as the copy divides them."""
    table: Table = {"sentence": [], "positive": [], PART: []}
    for name, part in (("train", "train"), ("dev", "valid"), ("test", "test")):
        for line in (DATA / "sst2" / f"{name}.tsv").read_text("utf-8").splitlines():
            sentence, label = line.rsplit("\t", 1)
            _add(table, (sentence, label, part))
    return table


def clinc150() -> Table:
    """Utterances of 150 intents, and some of none (`oos`)."""
    content = json.loads((DATA / "clinc150" / "data_full.json").read_text("utf-8"))
    table: Table = {"utterance": [], "intent": [], PART: []}
    for name, part in (("train", "train"), ("val", "valid"), ("test", "test")):
        for utterance, intent in (*content[name], *content[f"oos_{name}"]):
            _add(table, (utterance, intent, part))
    return table


def chnsenticorp(seed: int) -> Table:
    """Chinese hotel reviews: a stratified fifth is the test."""
    (path,) = (DATA / "chnsenticorp_htl").glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [row["label"] for row in rows]
    _, test = train_test_split(np.arange(len(rows)), test_size=0.2, random_state=seed, stratify=labels)
    parts = np.full(len(rows), "train", object)
    parts[test] = "test"
    return {"review": [row["review"] for row in rows], "label": labels, PART: parts.tolist()}


def womens_clothing() -> Table:
    """Reviews with what is known of customer and garment; the rating, which nearly is the answer, is left out."""
    path = DATA / "womens_clothing_reviews" / "Womens_Clothing_E-Commerce_Reviews.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ["Title", "Review Text", "Age", "Positive Feedback Count", "Division Name", "Department Name", "Class Name"]
    table: Table = {name: [row[name] for row in rows] for name in names}
    table["recommended"] = [row["Recommended IND"] for row in rows]
    return table | {PART: _parts(range(len(rows)))}


def movielens() -> Table:
    """Ratings of films that nobody in training rated: title and genres as text, the user as a table."""
    folder = DATA / "movielens_100k"
    genres = [line.split("|")[0] for line in (folder / "u.genre").read_text("latin-1").split()]
    films = {}
    for line in (folder / "u.item").read_text("latin-1").splitlines():
        cells = line.split("|")
        named = [genre for genre, flag in zip(genres, cells[5:], strict=False) if flag == "1"]
        films[cells[0]] = f"{cells[1]}: {', '.join(named)}"
    users = {
        cells[0]: cells[1:4] for cells in (line.split("|") for line in (folder / "u.user").read_text().splitlines())
    }
    ratings = [line.split("\t") for line in (folder / "u.data").read_text().splitlines()]
    part_of = dict(zip(films, _parts(films), strict=True))
    table: Table = {name: [] for name in ("film", "age", "gender", "occupation", "liked", PART)}
    for user, film, rating, _ in ratings:
        _add(table, (films[film], *users[user], "yes" if int(rating) >= 4 else "no", part_of[film]))
    return table


def _parts(things: Iterable[Any]) -> list[str]:
    """60 % train, 20 % valid, 20 % test, at random."""
    count = len(list(things))
    drawn = np.random.default_rng(0).random(count)
    return np.where(drawn < 0.6, "train", np.where(drawn < 0.8, "valid", "test")).tolist()


def _add(table: Table, cells: tuple[Any, ...]) -> None:
    for column, cell in zip(table.values(), cells, strict=True):
        column.append(cell)
