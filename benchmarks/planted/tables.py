"""Well-known tables as people have them in a file: every cell a text, with names for those that have none.

What is odd about them by their own documentation stands beside each, so that finding it is no false warning.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from common import ADULT_COLUMNS, DATA

Table = dict[str, list[str]]

PIMA = ("pregnant", "glucose", "pressure", "skin", "insulin", "bmi", "pedigree", "age", "diabetes")
HEART = (
    "age", "sex", "pain", "pressure", "chol", "sugar", "ecg", "rate", "angina", "oldpeak", "slope", "vessels", "thal",
    "disease",
)  # fmt: skip
GERMAN = (
    "status", "months", "history", "purpose", "amount", "savings", "employment", "rate", "personal", "guarantors",
    "residence", "property", "age", "other_plans", "housing", "credits", "job", "dependents", "telephone", "foreign",
    "risk",
)  # fmt: skip


@dataclass(frozen=True)
class Clean:
    """One table.

    Args:
        target: The column to predict.
        read: Gives the table.
        known: (key of a note, column or "") -> why this finding about the table as it is, is right.
    """

    target: str
    read: Callable[[], Table]
    known: dict[tuple[str, str], str] = field(default_factory=dict)


def lines(text: str, names: tuple[str, ...] = (), separator: str = ",", quote: str = '"') -> Table:
    """A delimited text as columns."""
    rows = [
        [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator, quotechar=quote)
    ]
    rows = [row for row in rows if row]
    head = list(names) or rows.pop(0)
    return {name: [row[number] for row in rows] for number, name in enumerate(head)}


def _text(path: str) -> str:
    file = DATA / path
    return gzip.decompress(file.read_bytes()).decode() if path.endswith(".gz") else file.read_text("utf-8-sig")


def _heart() -> Table:
    table = lines(_text("heart_cleveland/processed.cleveland.data"), HEART)
    return {**table, "disease": ["no" if cell == "0" else "yes" for cell in table["disease"]]}


def _bundled(name: str) -> Callable[[], Table]:
    """A table that comes with scikit-learn, its classes as words."""

    def read() -> Table:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")()
        names = getattr(bunch, "feature_names", range(bunch.data.shape[1]))
        table = {str(name): [f"{cell:g}" for cell in bunch.data[:, number]] for number, name in enumerate(names)}
        is_class = hasattr(bunch, "target_names")
        return {**table, "target": [f"class {cell}" if is_class else f"{cell:g}" for cell in bunch.target]}

    return read


def _prices(days: int = 2000) -> Table:
    """A price that goes up and down by chance, beside those of the two days before, which are known in time."""
    walk = [f"{price:.2f}" for price in np.random.default_rng(5).normal(size=days).cumsum()]
    return {"day_before": walk[1:-1], "two_days_before": walk[:-2], "price": walk[2:]}


_MODES = (
    "a failure mode is the failure, told apart: it is known once the machine has failed (catalogue: leaks the target)"
)
CLEAN: dict[str, Clean] = {
    "german": Clean("risk", lambda: lines(_text("german_credit/german.csv"), GERMAN, quote="'")),
    "adult": Clean(
        "income",
        lambda: lines(_text("adult_census/adult-train.csv"), ADULT_COLUMNS),
        {("checks.sentinel", "capital_gain"): "99999 is the census' top code, 41310 the next value"},
    ),
    "pima": Clean(
        "diabetes",
        lambda: lines(_text("pima_diabetes/pima-indians-diabetes.csv"), PIMA),
        dict.fromkeys(
            (("checks.sentinel", name) for name in ("glucose", "pressure", "skin", "insulin", "bmi")),
            "zeros stand for missing (catalogue)",
        ),
    ),
    "heart": Clean("disease", _heart),
    "default": Clean("default.payment.next.month", lambda: lines(_text("credit_card_default/UCI_Credit_Card.csv"))),
    "fraud": Clean("FraudFound_P", lambda: lines(_text("vehicle_claim_fraud/fraud_oracle.csv"))),
    "telco": Clean("Churn", lambda: lines(_text("telco_churn/Telco-Customer-Churn.csv"))),
    "bank": Clean(
        "y",
        lambda: lines(_text("bank_marketing/bank-additional-full.csv.gz"), separator=";"),
        {
            ("checks.sentinel", "pdays"): "999 means never contacted (catalogue)",
            ("checks.order", ""): "calls are in the order of time, May 2008 to November 2010 (names file)",
        },
    ),
    "ai4i": Clean(
        "Machine failure",
        lambda: lines(_text("ai4i2020/ai4i2020.csv")),
        dict.fromkeys((("checks.filled_later", name) for name in ("TWF", "HDF", "PWF", "OSF")), _MODES),
    ),
    "student": Clean(
        "G3",
        lambda: lines(_text("student_performance/student-por.csv"), separator=";"),
        {("checks.sentinel", "G2"): "seven zeros among grades from 5 up: pupils who did not sit the exam"},
    ),
    "california": Clean("median_house_value", lambda: lines(_text("california_housing/housing.csv"))),
    "prices": Clean("price", _prices),
    **{name: Clean("target", _bundled(name)) for name in ("iris", "wine", "breast_cancer", "digits", "diabetes")},
}


@cache
def clean(name: str, rows: int = 12_000) -> Table:
    """A table, or its first rows: as many as the checks need to be asked about."""
    return {column: cells[:rows] for column, cells in CLEAN[name].read().items()}


def write(table: Table, path: Path) -> Path:
    """A table as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as written:
        writer = csv.writer(written)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return path
