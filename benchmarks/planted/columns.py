"""Defects of columns: copies of the target, what is filled in later, ids, constants, marks, personal data."""

from __future__ import annotations

import uuid

import numpy as np

from planted.case import Case, Planted, Random, numbers, some, texts
from planted.tables import Table

COPIES = ("checks.copy_auc", "checks.copy_r2")
STRONG = ("checks.strong_auc", "checks.strong_r2", *COPIES)
LATER = ("checks.filled_later", "checks.empty_later", *STRONG)
IDS = ("prepare.note_id", "checks.like_an_id")


# ------------------------------------------------------------------ copies, noisy copies
def copy_in_words(table: Table, target: str, random: Random) -> Planted:
    words = {label: f"case {number}" for number, label in enumerate(sorted(set(table[target])))}
    return Planted({"state": [words[cell] for cell in table[target]], **table}, COPIES, "state")


def copy_as_number(table: Table, target: str, random: Random) -> Planted:
    codes = {label: str(3 + number) for number, label in enumerate(sorted(set(table[target])))}
    return Planted({**table, "flag": [codes[cell] for cell in table[target]]}, COPIES, "flag")


def copy_in_another_unit(table: Table, target: str, random: Random) -> Planted:
    return Planted({**table, "price_eur": texts(np.round(0.9 * numbers(table[target]), 2))}, COPIES, "price_eur")


def noisy_class(share: float):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        labels = sorted(set(table[target]))
        copy = list(table[target])
        for row in some(random, len(copy), share):
            copy[row] = labels[random.integers(len(labels))]
        return Planted({**table, "outcome": [f"o{labels.index(cell)}" for cell in copy]}, STRONG, "outcome")

    return plant


def noisy_number(share: float):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        y = numbers(table[target])
        return Planted(
            {**table, "quote": texts(np.round(y + share * y.std() * random.normal(size=len(y)), 1))}, STRONG, "quote"
        )

    return plant


def score_with_noise(table: Table, target: str, random: Random) -> Planted:
    """A score that was made from the class: its two heaps overlap a little."""
    positive = np.asarray([cell == sorted(set(table[target]))[-1] for cell in table[target]])
    return Planted(
        {**table, "score": texts(np.round(2.5 * positive + random.normal(size=len(positive)), 4))}, STRONG, "score"
    )


# ------------------------------------------------------------------------ filled in later
def later(name: str, label: str, share: float, fill: str):  # type: ignore[no-untyped-def]
    """A column that is filled in a share of the rows of one class, and in no other row."""

    def plant(table: Table, target: str, random: Random) -> Planted:
        cells = []
        for cell in table[target]:
            filled = cell == label and random.random() < share
            day = f"2024-{random.integers(1, 13):02d}-{random.integers(1, 29):02d}"
            word = str(random.choice(["price", "moved", "service", "rival"]))
            amount = str(random.integers(100, 9000))
            cells.append(
                {"day": day, "word": word, "amount": amount}[fill] if filled else "0" if fill == "amount" else ""
            )
        return Planted({**table, name: cells}, LATER, name)

    return plant


# ---------------------------------------------------------------- ids, constants, marks
def id_by_name(table: Table, target: str, random: Random) -> Planted:
    codes = [f"K{number:06d}" for number in random.permutation(len(table[target]))]
    return Planted({"customer_id": codes, **table}, IDS, "customer_id")


def id_as_uuid(table: Table, target: str, random: Random) -> Planted:
    codes = [str(uuid.UUID(bytes=random.bytes(16))) for _ in table[target]]
    return Planted({**table, "ref": codes}, IDS, "ref")


def id_without_a_name(table: Table, target: str, random: Random) -> Planted:
    codes = random.choice(9 * 10**7, len(table[target]), replace=False) + 10**7
    return Planted({**table, "contract": texts(codes)}, IDS, "contract")


def constant(cell: str):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        return Planted({**table, "source": [cell] * len(table[target])}, ("prepare.note_constant",), "source")

    return plant


def nearly_constant(share: float):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        cells = ["A"] * len(table[target])
        for row in some(random, len(cells), share):
            cells[row] = str(random.choice(["B", "C"]))
        return Planted({**table, "channel": cells}, ("prepare.note_nearly_constant",), "channel")

    return plant


def mark(column: str, cell: str, share: float):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        for row in some(random, len(table[target]), share):
            table[column][row] = cell
        return Planted(table, ("checks.sentinel",), column)

    return plant


# ---------------------------------------------------------------------- personal data
def in_remarks(kind: str, share: float):  # type: ignore[no-untyped-def]
    """Remarks of some words, a share of which holds something personal."""

    def plant(table: Table, target: str, random: Random) -> Planted:
        words = [
            "asked",
            "about",
            "the",
            "rate",
            "again",
            "call",
            "tomorrow",
            "sent",
            "papers",
            "客户",
            "来电",
            "询问",
            "利率",
        ]
        remarks = [" ".join(random.choice(words, 6)) for _ in table[target]]
        for row in some(random, len(remarks), share):
            remarks[row] += " " + personal(kind, random)
        return Planted({**table, "remark": remarks}, (f"checks.personal_{kind}",), "remark")

    return plant


def in_a_column(kind: str, name: str):  # type: ignore[no-untyped-def]
    def plant(table: Table, target: str, random: Random) -> Planted:
        return Planted(
            {**table, name: [personal(kind, random) for _ in table[target]]}, (f"checks.personal_{kind}",), name
        )

    return plant


def personal(kind: str, random: Random) -> str:
    """An invented e-mail address, mobile number, identity number or card number with the right check digit."""
    digits = "".join(map(str, random.integers(0, 10, 20)))
    if kind == "email":
        return f"li.wei{digits[:4]}@example.com"
    if kind == "mobile":
        return f"13{digits[:9]}"
    if kind == "identity":
        body = (
            f"110101{random.integers(1950, 2005)}{random.integers(1, 13):02d}{random.integers(1, 29):02d}{digits[:3]}"
        )
        return body + "10X98765432"[sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body)) % 11]
    body = f"62{digits[:13]}"
    total = sum(
        sum(divmod(2 * int(digit), 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(body[::-1])
    )
    return body + str(-total % 10)


CASES = [
    Case("target copy", "classes in other words", "german", copy_in_words),
    Case("target copy", "classes as numbers", "telco", copy_as_number),
    Case("target copy", "a number in another unit", "california", copy_in_another_unit),
    Case("noisy copy", "5 % of the classes drawn again", "german", noisy_class(0.05)),
    Case("noisy copy", "20 % of the classes drawn again", "default", noisy_class(0.2)),
    Case("noisy copy", "noise of 20 % of the spread", "california", noisy_number(0.2)),
    Case("noisy copy", "a score made from the class", "fraud", score_with_noise),
    Case(
        "post-outcome column",
        "reason of leaving, in 95 % of those who left",
        "telco",
        later("reason", "Yes", 0.95, "word"),
    ),
    Case(
        "post-outcome column",
        "date of collection, in 40 % of the bad",
        "german",
        later("collected_on", "2", 0.4, "day"),
    ),
    Case(
        "post-outcome column",
        "amount recovered, in 30 % of the frauds",
        "fraud",
        later("recovered", "1", 0.3, "amount"),
    ),
    Case("id", "a code, called customer_id", "heart", id_by_name),
    Case("id", "UUIDs, called ref", "telco", id_as_uuid),
    Case("id", "eight digits, called contract", "default", id_without_a_name),
    Case("constant", "a word", "german", constant("CRM")),
    Case("constant", "a number", "pima", constant("1")),
    Case("constant", "a date", "california", constant("2024-03-05")),
    Case("near-constant", "0.1 % differ", "telco", nearly_constant(0.001)),
    Case("near-constant", "0.5 % differ", "german", nearly_constant(0.005)),
    Case("near-constant", "1 % differ", "default", nearly_constant(0.009)),
    Case("sentinel", "-999 in 5 %", "german", mark("amount", "-999", 0.05)),
    Case("sentinel", "-999 in 1 %", "california", mark("longitude", "-999", 0.01)),
    Case("sentinel", "9999 in 2 %", "telco", mark("tenure", "9999", 0.02)),
    Case("sentinel", "-1 in 3 %", "adult", mark("age", "-1", 0.03)),
    Case("personal data", "e-mail addresses in 5 % of the remarks", "german", in_remarks("email", 0.05)),
    Case("personal data", "mobile numbers in 2 % of the remarks", "telco", in_remarks("mobile", 0.02)),
    Case("personal data", "identity numbers in 1 % of the remarks", "default", in_remarks("identity", 0.01)),
    Case("personal data", "a column of identity numbers", "heart", in_a_column("identity", "证件")),
    Case("personal data", "a column of card numbers", "pima", in_a_column("card", "account")),
]
