"""Defects of rows: repetitions, contradictions, rare classes, groups, time, and a test from another world."""

from __future__ import annotations

from typing import Any

import numpy as np

from planted.case import Case, Planted, Random, below, numbers, some, taken, texts
from planted.tables import Table

REPEATED = ("prepare.note_overlap_test",)
TWINS = ("checks.twins", "checks.twins_across")
TIME = ("checks.drift", "checks.order")


# -------------------------------------------------------------------------- repetitions
def repeated_under_new_ids(share: float):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        count = len(table[target])
        table = below(table, taken(table, some(random, count, share)))
        codes = [f"C{number:06d}" for number in random.permutation(len(table[target]))]
        return Planted({"row_id": codes, **table}, REPEATED)

    return plant


def repeated_in_a_test_file(share: float):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        count = len(table[target])
        train, test = taken(table, range(count * 3 // 4)), taken(table, range(count * 3 // 4, count))
        return Planted(train, REPEATED, test=below(test, taken(train, some(random, len(train[target]), share))))

    return plant


def repeated_by_a_split_column(table: Table, target: str, random: Random) -> Planted:
    count = len(table[target])
    table = below(table, taken(table, some(random, count, 0.05)))
    parts = [str(random.choice(["train", "valid", "test"], p=[0.6, 0.15, 0.25])) for _ in table[target]]
    return Planted({**table, "part": parts}, REPEATED, project={"columns": {"part": {"role": "split"}}})


def nearly_repeated(share: float, changed: int, jitter: float):  # type: ignore[no-untyped-def]
    """A share of the rows again, with some inputs from other rows, and numbers a little off."""

    def plant(table: Table, target: str, random: Random) -> Planted:
        count = len(table[target])
        more = taken(table, some(random, count, share))
        inputs = [name for name in table if name != target]
        for row in range(len(more[target])):
            for name in random.choice(inputs, changed, replace=False):
                more[name][row] = table[name][random.integers(count)]
        for name in inputs if jitter else ():
            values = numbers(more[name])
            if np.isfinite(values).all() and len(set(more[name])) > len(values) / 4:
                more[name] = [f"{value:.6g}" for value in values * (1 + jitter * random.normal(size=len(values)))]
        return Planted(below(table, more), TWINS)

    return plant


def contradicting(share: float):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        more = taken(table, some(random, len(table[target]), share))
        labels = sorted(set(table[target]))
        more[target] = [labels[(labels.index(cell) + 1) % len(labels)] for cell in more[target]]
        return Planted(below(table, more), ("prepare.note_conflicts",), target)

    return plant


def rare_class(count: int):  # type: ignore[no-untyped-def]
    """A class more, of a few rows."""

    def plant(table: Table, target: str, random: Random) -> Planted:
        for row in random.choice(len(table[target]), count, replace=False):
            table[target][row] = "other"
        return Planted(table, ("checks.rare_class",), "other")

    return plant


def rare_positive(label: str, share: float):  # type: ignore[no-untyped-def]
    """Most rows of one class left out."""

    def plant(table: Table, target: str, random: Random) -> Planted:
        rows = [row for row, cell in enumerate(table[target]) if cell != label or random.random() < share]
        return Planted(taken(table, rows), ("checks.rare_class",), label)

    return plant


# ---------------------------------------------------------------------- groups and time
def several_rows_each(name: str, rows: int, kept: float, code: str):  # type: ignore[no-untyped-def]
    """Things that have several rows: each a row of the table, with a share of its cells kept and its target mostly."""

    def plant(table: Table, target: str, random: Random) -> Planted:
        count = len(table[target])
        things = random.choice(count, count // rows, replace=False)
        of_thing = random.permutation(np.repeat(np.arange(len(things)), rows))
        more = taken(table, things[of_thing])
        columns = [column for column in table if column != target]
        for column in random.choice(columns, round((1 - kept) * len(columns)), replace=False):
            more[column] = [table[column][row] for row in random.integers(0, count, len(of_thing))]
        for row in some(random, len(of_thing), 0.1):
            more[target][row] = table[target][random.integers(count)]
        names = random.permutation(10 * len(things))[: len(things)] + 10_000
        return Planted({name: [code.format(names[thing]) for thing in of_thing], **more}, ("checks.group",), name)

    return plant


def like_targets_together(table: Table, target: str, random: Random) -> Planted:
    """Devices of about eight rows, whose targets agree more than chance, and nothing else does."""
    risky = np.asarray([cell == sorted(set(table[target]))[-1] for cell in table[target]])
    order = np.argsort(risky + 2.0 * random.random(len(risky)), kind="stable")
    devices = np.empty(len(risky), np.int64)
    devices[order] = np.arange(len(risky)) // 8
    names = random.permutation(devices.max() + 1)
    return Planted({**table, "device": [f"D{names[device]:04d}" for device in devices]}, ("checks.group",), "device")


def dated(strength: float, as_file_order: bool = False):  # type: ignore[no-untyped-def]
    """Rows whose target drifts with the date; or with their place in the file, when the date was left out."""

    def plant(table: Table, target: str, random: Random) -> Planted:
        y = numbers(table[target])
        labels = sorted(set(table[target]))
        if not np.isfinite(y).all() or len(labels) == 2:
            y = np.asarray([labels.index(cell) for cell in table[target]], float)
        moment = strength * (y - y.mean()) / y.std() + random.normal(size=len(y))
        if as_file_order:
            return Planted(taken(table, np.argsort(moment)), TIME)
        place = np.argsort(np.argsort(moment))
        days = [str(np.datetime64("2022-01-01") + int(900 * one / len(y))) for one in place]
        return Planted({**table, "opened_on": days}, TIME, "opened_on")

    return plant


def later_prices(table: Table, target: str, random: Random) -> Planted:
    """Prices that rise by half over three years, sold in random order."""
    days = random.integers(0, 1095, len(table[target]))
    table[target] = texts(np.round(numbers(table[target]) * (1 + 0.5 * days / 1095)))
    return Planted({**table, "sold": [str(np.datetime64("2021-01-01") + int(day)) for day in days]}, TIME, "sold")


# -------------------------------------------------------------- a test from another world
def older_in_the_test(table: Table, target: str, random: Random) -> Planted:
    """Test rows are drawn more often the older people are."""
    age = numbers(table["age"])
    tested = random.random(len(age)) < 0.7 / (1 + np.exp(-(age - 50) / 4))
    train, test = (taken(table, np.flatnonzero(rows)) for rows in (~tested, tested))
    return Planted(train, ("checks.shift",), "age", test)


def coast_in_the_test(table: Table, target: str, random: Random) -> Planted:
    near = np.asarray([cell == "INLAND" for cell in table["ocean_proximity"]])
    tested = random.random(len(near)) < np.where(near, 0.1, 0.4)
    parts = ["test" if one else str(random.choice(["train", "valid"], p=[0.8, 0.2])) for one in tested]
    project: dict[str, Any] = {"columns": {"part": {"role": "split"}}}
    return Planted({**table, "part": parts}, ("checks.shift",), "ocean_proximity", project=project)


def dearer_later(table: Table, target: str, random: Random) -> Planted:
    """Charges rise with the date that rows are divided by."""
    days = random.integers(0, 730, len(table[target]))
    charges = numbers(table["MonthlyCharges"]) + 60 * (days / 730) ** 2
    table["MonthlyCharges"] = texts(np.round(charges, 2))
    dates = [str(np.datetime64("2022-01-01") + int(day)) for day in days]
    project: dict[str, Any] = {"columns": {"date": {"role": "time"}}}
    return Planted({**table, "date": dates}, ("checks.shift",), "MonthlyCharges", project=project)


CASES = [
    Case("duplicates across splits", "5 % again, under new ids", "telco", repeated_under_new_ids(0.05)),
    Case(
        "duplicates across splits", "5 % of the training rows in the test file", "adult", repeated_in_a_test_file(0.05)
    ),
    Case("duplicates across splits", "5 % again, divided by a split column", "german", repeated_by_a_split_column),
    Case("near-duplicates", "3 % again, two inputs changed", "default", nearly_repeated(0.03, 2, 0.0)),
    Case("near-duplicates", "3 % again, numbers a little off", "california", nearly_repeated(0.03, 0, 0.0005)),
    Case("near-duplicates", "5 % again, one input changed", "telco", nearly_repeated(0.05, 1, 0.0)),
    Case("near-duplicates", "5 % again, one input changed", "german", nearly_repeated(0.05, 1, 0.0)),
    Case("near-duplicates", "4 % again, one input changed", "fraud", nearly_repeated(0.04, 1, 0.0)),
    Case(
        "group leak",
        "four rows a customer, half of the columns kept",
        "german",
        several_rows_each("customer", 4, 0.5, "K{}"),
    ),
    Case("group leak", "three visits a patient, numbers as names", "heart", several_rows_each("patient", 3, 0.6, "{}")),
    Case(
        "group leak", "ten rows an account, no other column kept", "default", several_rows_each("acct", 10, 0.0, "A-{}")
    ),
    Case("group leak", "devices whose targets agree", "fraud", like_targets_together),
    Case("time leak", "classes drift with a date", "german", dated(0.5)),
    Case("time leak", "prices rise with a date", "california", later_prices),
    Case("time leak", "classes drift along the file", "telco", dated(0.6, True)),
    Case("label conflict", "3 % again with the other class", "german", contradicting(0.03)),
    Case("label conflict", "1 % again with the other class", "telco", contradicting(0.01)),
    Case("label conflict", "5 % again with the other class", "heart", contradicting(0.05)),
    Case("rare class", "a class of 4 rows", "german", rare_class(4)),
    Case("rare class", "a class of 12 rows", "telco", rare_class(12)),
    Case("rare class", "0.5 % of the frauds", "fraud", rare_positive("1", 0.05)),
    Case("train/test shift", "older people in the test file", "adult", older_in_the_test),
    Case("train/test shift", "coastal districts in the test, by a column", "california", coast_in_the_test),
    Case("train/test shift", "charges rise with the date that divides", "telco", dearer_later),
]
