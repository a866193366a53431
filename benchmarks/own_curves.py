"""Forecasts on learning curves of the house's own: the last 4x of the rows hidden, then held against what came.

Thirteen public tables of the mirror, at most 10,000 rows of each, five methods: 65 curves of eight anchors (20x) and
three seeds that the forecast is made from, and two anchors, 2x and 4x the last of these, that it is held against. The
test rows are the same at every point. The metric is the first of the task's: ROC-AUC for two classes, accuracy for
more, RMSE beside the naive answer for numbers; for classes the error rate is reported, too.

The shipped model knows classical learners on other tables (LCDB 1.1). Beside its raw bands stand bands that are moved
by a conformal offset, at each horizon, found on the other data sets (leave one data set out).

Bar: the group-bootstrap interval of the coverage after re-calibration contains 80 %.

usage: python benchmarks/own_curves.py [--work FOLDER] [--out results/own_curves.json]    needs MODELYARD_DATA
Curves that are in the working folder are not measured again; a killed run goes on from its last point.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import ADULT_COLUMNS, DATA, Measured, options, report

from modelyard.core import plugins
from modelyard.core.project import load
from modelyard.plan import Scale, forecast
from modelyard.plan.study import Request, measure, study

ROWS, SEEDS, RATIO, OBSERVED, TIMES = 10_000, 3, 1.54, 8, (2, 4)
METHODS = {
    "linear": {"method": "linear"},
    "trees": {"method": "trees"},
    "deep_trees": {"method": "deep_trees", "deep_trees": {"total_leaves": 6_000}},
    "network": {"method": "network", "network": {"members": 1, "epochs": 20}},
    "ensemble": {"method": ["linear", "trees", "ensemble"]},
}
DRAWS = 2000
Rows = Sequence[dict[str, Any]]


# ------------------------------------------------------------------- data sets
def adult() -> tuple[pd.DataFrame, str]:
    """Income of more than 50,000."""
    file = DATA / "adult_census" / "adult-train.csv"
    return pd.read_csv(file, names=list(ADULT_COLUMNS), skipinitialspace=True), "income"


def credit() -> tuple[pd.DataFrame, str]:
    """Default next month."""
    frame = pd.read_csv(DATA / "credit_card_default" / "UCI_Credit_Card.csv").drop(columns="ID")
    return frame, "default.payment.next.month"


def fraud() -> tuple[pd.DataFrame, str]:
    """Fraudulent claims."""
    frame = pd.read_csv(DATA / "vehicle_claim_fraud" / "fraud_oracle.csv").drop(columns=["PolicyNumber", "Year"])
    return frame, "FraudFound_P"


def churn() -> tuple[pd.DataFrame, str]:
    """Customers who leave."""
    return pd.read_csv(DATA / "telco_churn" / "Telco-Customer-Churn.csv").drop(columns="customerID"), "Churn"


def bank() -> tuple[pd.DataFrame, str]:
    """Who takes a deposit."""
    frame = pd.read_csv(DATA / "bank_marketing" / "bank-additional-full.csv.gz", sep=";")
    return frame.drop(columns="duration"), "y"


def machines() -> tuple[pd.DataFrame, str]:
    """Failures of machines."""
    frame = pd.read_csv(DATA / "ai4i2020" / "ai4i2020.csv")
    return frame.drop(columns=["UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF"]), "Machine failure"


def houses() -> tuple[pd.DataFrame, str]:
    """Prices of houses."""
    return pd.read_csv(DATA / "california_housing" / "housing.csv"), "median_house_value"


def clothes() -> tuple[pd.DataFrame, str]:
    """Ratings of clothes; the title stands for the whole review."""
    frame = pd.read_csv(DATA / "womens_clothing_reviews" / "Womens_Clothing_E-Commerce_Reviews.csv.gz", index_col=0)
    return frame.drop(columns=["Recommended IND", "Review Text"]), "Rating"


def shops() -> tuple[pd.DataFrame, str]:
    """Weekly sales of shops."""
    frame = pd.read_csv(DATA / "walmart_weekly_sales" / "Walmart_Store_sales.csv")
    frame["Store"] = "s" + frame["Store"].astype(str)
    return frame, "Weekly_Sales"


def films() -> tuple[pd.DataFrame, str]:
    """Whether somebody likes a film."""
    ratings = pd.read_csv(DATA / "movielens_100k" / "u.data", sep="\t", names=["user", "item", "rating", "at"])
    people = pd.read_csv(DATA / "movielens_100k" / "u.user", sep="|", names=["user", "age", "sex", "work", "zip"])
    genres = [f"genre{number}" for number in range(19)]
    names = ["item", "title", "released", "video", "url", *genres]
    items = pd.read_csv(DATA / "movielens_100k" / "u.item", sep="|", names=names, encoding="latin-1")
    items["year"] = items["released"].str[-4:]
    frame = ratings.merge(people, on="user").merge(items, on="item")
    frame["likes"] = np.where(frame["rating"] >= 4, "yes", "no")
    return frame[["age", "sex", "work", "year", *genres, "likes"]], "likes"


def pupils() -> tuple[pd.DataFrame, str]:
    """Whether a pupil's next answer is right."""
    lines = (DATA / "assistments2009" / "assist2009_updated_train.csv").read_text().splitlines()
    found = []
    for skills, answers in zip(lines[1::3], lines[2::3], strict=True):
        named, right = skills.strip(",").split(","), [int(word) for word in answers.strip(",").split(",")]
        for place in range(1, len(right)):
            same = [right[n] for n in range(place) if named[n] == named[place]]
            found.append((f"k{named[place]}", place, np.mean(right[:place]), len(same), right[place - 1], right[place]))
    columns = ["skill", "answers", "share", "seen", "last", "right"]
    frame = pd.DataFrame(found, columns=columns)
    return frame.assign(right=np.where(frame["right"] == 1, "yes", "no")), "right"


def engines() -> tuple[pd.DataFrame, str]:
    """Remaining life of engines, at most 125 cycles."""
    names = ["engine", "cycle", *(f"setting{n}" for n in range(3)), *(f"sensor{n}" for n in range(21))]
    frame = pd.read_csv(DATA / "cmapss_fd001" / "train_FD001.txt.gz", sep=r"\s+", names=names)
    frame["life"] = (frame.groupby("engine")["cycle"].transform("max") - frame["cycle"]).clip(upper=125)
    return frame.drop(columns=["engine", "cycle"]), "life"


def oil() -> tuple[pd.DataFrame, str]:
    """Oil temperature of a transformer from its loads."""
    frame = pd.read_csv(DATA / "ett" / "ETTh1.csv.gz")
    hours = pd.to_datetime(frame.pop("date"))
    return frame.assign(hour=hours.dt.hour, month=hours.dt.month), "OT"


SETS: tuple[Callable[[], tuple[pd.DataFrame, str]], ...] = (
    churn, adult, houses, machines, fraud, bank, credit, clothes, shops, films, pupils, engines, oil,
)  # fmt: skip


# ------------------------------------------------------------------- measuring
def curves(work: Path) -> list[dict[str, Any]]:
    """Every curve, from the working folder where it is there."""
    found = []
    for read in SETS:
        for name, train in METHODS.items():
            file = work / f"{read.__name__}-{name}.json"
            if not file.exists():
                began = time.monotonic()
                file.write_text(json.dumps(measured(work / f"{read.__name__}-{name}", read, train)), "utf-8")
                print(f"{file.stem}: {time.monotonic() - began:.0f} s", flush=True)
            found.append({"set": read.__name__, "method": name, **json.loads(file.read_text("utf-8"))})
    return found


def measured(folder: Path, read: Callable[[], tuple[pd.DataFrame, str]], train: dict[str, Any]) -> dict[str, Any]:
    """One curve: sizes, and errors [sizes, seeds] by metric."""
    folder.mkdir(parents=True, exist_ok=True)
    frame, target = read()
    frame.sample(min(ROWS, len(frame)), random_state=0).to_csv(folder / "rows.csv", index=False)
    settings = {"data": "rows.csv", "predict": target, "train": {**train, "folds": 1, "threads": 1}}
    (folder / "modelyard.yaml").write_text(json.dumps(settings), "utf-8")
    method = train["method"] if isinstance(train["method"], str) else train["method"][-1]
    one = study(Request(load(folder), seeds=SEEDS, method=method))
    most = one.shared.rows
    observed = [round(most / max(TIMES) / RATIO**step) for step in range(OBSERVED)][::-1]
    found = measure(replace(one, anchors=(*observed, most // 2, most)))
    sizes = sorted({point.size for point in found.points})
    points = {(point.size, point.seed): point for point in found.points}
    known = one.shared.targets[target]
    errors = {
        metric: [[points[size, seed].metrics[target][metric] for seed in range(SEEDS)] for size in sizes]
        for metric in _metrics(known, points[sizes[0], 0].metrics[target])
    }
    naive = {metric: points[sizes[-1], 0].naive[target][metric] for metric in errors}
    seconds = sum(point.seconds for point in found.points)
    return {"task": known, "sizes": sizes, "values": errors, "naive": naive, "seconds": seconds}


def _metrics(known: dict[str, Any], values: dict[str, Any]) -> list[str]:
    """The task's first metric, and the error rate where there are classes."""
    first = (
        next(iter(values))
        if len(known["state"].get("labels", "ab")) == 2 or "labels" not in known["state"]
        else "accuracy"
    )
    return list(dict.fromkeys([first, *(["accuracy"] if "labels" in known["state"] else [])]))


# --------------------------------------------------------------------- scoring
def scored(found: Sequence[dict[str, Any]], metric: str | None) -> list[dict[str, Any]]:
    """Each horizon of each curve: the forecast and what came, as natural logarithms of errors and as errors.

    Args:
        found: The curves.
        metric: One of theirs; None for the first of each.
    """
    rows = []
    for one in found:
        name = metric or next(iter(one["values"]))
        if name not in one["values"]:
            continue
        room = plugins.part("tasks", one["task"]["task"], "metrics").metric(name, one["task"]["state"], None)
        low, high = (float(end) if np.isfinite(end) else None for end in room.bounds)
        values = np.asarray(one["values"][name], float)
        scale = Scale(room.better, low, high, one["naive"][name])
        errors, sizes = scale.error(values), np.asarray(one["sizes"], float)
        chance = float(scale.error(one["naive"][name]))
        said = forecast(sizes[:OBSERVED], errors[:OBSERVED], at=sizes[OBSERVED:], chance=chance, kind=one["method"])
        for place, times in enumerate(TIMES):
            rows.append(
                {
                    "set": one["set"], "method": one["method"], "times": times, "flags": said.flags,
                    "refused": bool(said.refused), "last": float(errors[OBSERVED - 1].mean()),
                    "low": float(said.low[place]), "high": float(said.high[place]),
                    "median": float(said.quantiles[place, said.levels.index(0.5)]),
                    "came": float(errors[OBSERVED + place].mean()),
                }
            )  # fmt: skip
    return rows


def recalibrated(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with bands that are moved, on the logarithm, by what the other data sets' bands missed (CQR)."""
    moved = []
    for row in rows:
        others = [one for one in rows if one["set"] != row["set"] and one["times"] == row["times"]]
        misses = np.sort(
            [max(_log(one["low"]) - _log(one["came"]), _log(one["came"]) - _log(one["high"])) for one in others]
        )
        place = min(len(misses), int(np.ceil((len(misses) + 1) * 0.8))) - 1
        shift = float(misses[place])
        low, high = np.exp(_log(row["low"]) - shift), np.exp(_log(row["high"]) + shift)
        moved.append({**row, "low": min(low, high), "high": max(low, high)})
    return moved


def _miss(row: dict[str, Any]) -> float:
    """How far outside of its band an error came, as a difference of logarithms; negative inside."""
    return max(_log(row["low"]) - _log(row["came"]), _log(row["came"]) - _log(row["high"]))


def _log(error: float) -> float:
    return float(np.log(max(error, 1e-3)))


def interval(
    rows: Sequence[dict[str, Any]], number: Callable[[Sequence[dict[str, Any]]], float]
) -> tuple[float, float]:
    """95 % interval of a number by drawing data sets."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["set"], []).append(row)
    names, random = list(groups), np.random.default_rng(0)
    drawn = [number([row for name in random.choice(names, len(names)) for row in groups[name]]) for _ in range(DRAWS)]
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def coverage(rows: Sequence[dict[str, Any]]) -> float:
    """Share of the bands that held what came."""
    return float(np.mean([row["low"] <= row["came"] <= row["high"] for row in rows]))


def against_no_change(rows: Sequence[dict[str, Any]]) -> float:
    """Mean absolute error of the median as a share of that of the last error measured."""
    own = np.mean([abs(row["median"] - row["came"]) for row in rows])
    return float(own / np.mean([abs(row["last"] - row["came"]) for row in rows]))


def rows_of(rows: list[dict[str, Any]], what: str, bar: bool) -> list[Measured]:
    """The numbers of one metric."""
    found = []
    for times in TIMES:
        some = [row for row in rows if row["times"] == times]
        kept = [row for row in some if not row["refused"]]
        after = recalibrated(some)
        low, high = interval(after, coverage)
        raw = interval(some, coverage)
        ratio = interval(some, against_no_change)
        name = f"{what}, {times}x"
        found += [
            Measured(f"{name}: curves", len(some)),
            Measured(f"{name}: curves that a forecast is refused for", len(some) - len(kept)),
            Measured(f"{name}: raw coverage of the 80 % band", coverage(some)),
            Measured(f"{name}: ... its interval, low", raw[0]),
            Measured(f"{name}: ... its interval, high", raw[1]),
            Measured(f"{name}: raw coverage where nothing is refused", coverage(kept) if kept else np.nan),
            Measured(f"{name}: coverage after re-calibration on the other sets", coverage(after)),
            Measured(f"{name}: ... its interval, low", low, "", "<= 0.8" if bar else ""),
            Measured(f"{name}: ... its interval, high", high, "", ">= 0.8" if bar else ""),
            Measured(f"{name}: mean width of the raw band", float(np.mean([row["high"] - row["low"] for row in some]))),
            Measured(f"{name}: mean width after re-calibration", float(np.mean([r["high"] - r["low"] for r in after]))),
            Measured(f"{name}: mean absolute error against no change", against_no_change(some)),
            Measured(f"{name}: ... its interval, low", ratio[0]),
            Measured(f"{name}: ... its interval, high", ratio[1]),
        ]
    return found


def main() -> None:
    """Measure what is not there yet, and score."""
    chosen = options(__doc__, work="folder for curves, kept from one call to the next")
    work = Path(chosen.work) if chosen.work else Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    found = curves(work)
    first, rate = scored(found, None), scored(found, "accuracy")
    rows = [
        Measured("curves", len(found), "", ">= 60"),
        Measured("data sets", len({one["set"] for one in found}), "", ">= 12"),
        Measured("points", sum(len(one["sizes"]) * SEEDS for one in found)),
        Measured("time of all points", sum(one["seconds"] for one in found), "s"),
        *rows_of(first, "first metric of the task", bar=True),
        *rows_of(rate, "error rate", bar=False),
    ]
    report(rows, chosen.out, methods=METHODS, rows_at_most=ROWS, seeds=SEEDS, curves=_facts(found, first))


def _facts(found: Sequence[dict[str, Any]], first: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line a curve, so that every number can be traced."""
    said = {(row["set"], row["method"], row["times"]): row for row in first}
    kept = ("last", "low", "median", "high", "came")
    return [
        {
            "set": one["set"], "method": one["method"], "rows": one["sizes"][-1], "metric": next(iter(one["values"])),
            "flags": list(said[one["set"], one["method"], TIMES[0]]["flags"]),
            **{
                f"{times}x": {name: round(said[one["set"], one["method"], times][name], 4) for name in kept}
                for times in TIMES
            },
        }
        for one in found
    ]  # fmt: skip


if __name__ == "__main__":
    main()
