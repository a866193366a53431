"""Forecasts of learning curves, on LCDB 1.1 (data/lcdb11); fitted and scored on data sets of different groups.

    python benchmarks/forecast.py [--rows FILE.npz] [--peer FOLDER]

Five folds by group: the model of each is built without its groups, offsets included, by the shipped builder. What is
scored are curves of 8 anchors with a ratio of 1.54, cut at random ends, each the mean of 3, 5, 10 or 25 splits, the
standard error given; the truth is the mean over 25 splits. `--rows` keeps the forecasts, so that the table can be made
again without building; `--peer` holds what benchmarks/others/simple_scaling_laws.py made of `curves.npz` there.

Bars: error at 4x, all learners <= 0.75 of "no change", mainstream ones <= 0.55; against the average of six laws by BIC
MAE <= 0.9 and Winkler score <= 0.7 of its conformal band; the bootstrap interval of the 80 % band's coverage meets 77
to 83 % at 2, 4, 8 and 16x; of plans at q75 70 to 80 % suffice and over-buy <= 2x, at q90 85 to 93 %; P(goal) at
85 % of today's error: Brier <= 0.14, bins within 0.10; 16 horizons <= 20 ms; the same bytes twice. Against
simple-scaling-laws 0.2.0: MAE <= 0.95, Winkler <= 0.85, >= 20 times faster.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from common import DATA, Measured, options, report

from modelyard.plan import forecast
from modelyard.plan.curves import build, lcdb
from modelyard.plan.curves.evidence import Floats, log
from modelyard.plan.curves.features import NAMES
from modelyard.plan.curves.forecast import extend
from modelyard.plan.curves.quantiles import LEVELS, Model, Offsets, grown, width

CURVES = DATA / "lcdb11" / "curves.npz"
MAIN = (
    *("LogisticRegression", "RidgeClassifier", "LDA", "SVM_Linear", "SVM_Poly", "SVM_RBF", "KNN", "Decision Tree"),
    *("ens.ExtraTrees", "ens.RandomForest", "ens.GradientBoosting", "CatBoost", "MLP", "RealMLP", "TabPFNv2"),
)
PLANS = {
    "usual": lcdb.Plan(),
    "3 repeats": lcdb.Plan(repeats=(3,), told=("repeats",)),
    "nothing told": lcdb.Plan(repeats=(1, 3, 25), told=("nothing",)),
    "6 anchors": lcdb.Plan(anchors=(6,)),
}
SHARES = (0.95, 0.85, 0.7, 0.5)
"""Targets, as shares of today's error."""
CONTEST = 330
"""Curves of mainstream learners on which other libraries are compared."""
SEED = 100
AVERAGE = NAMES.index("average at the size")
Rows = dict[str, np.ndarray]


def main() -> None:
    asked = options(__doc__, rows="keep the forecasts here, or take them from here", peer="folder of the comparison")
    bank = lcdb.read(CURVES)
    kept = Path(asked.rows) if asked.rows else None
    if kept is None or not kept.exists():
        rows = scored(bank)
        if kept:
            np.savez_compressed(kept, **rows)
    else:
        rows = dict(np.load(kept))
    usual = part(rows, rows["plan"] == "usual")
    table = [*errors(usual), *against_six(usual), *coverage(usual), *needs(usual), *goals(usual), *refusals(usual)]
    table += [*others(rows), *speed()]
    if asked.peer:
        table += list(peer(rows, Path(asked.peer)))
    report(table, asked.out, curves=len(np.unique(usual["curve"])), horizons=len(usual["truth"]))


def scored(bank: lcdb.Bank) -> Rows:
    """Every forecast, each by a model that was built without its group."""
    parts = []
    table = build.table(bank)
    print(f"{len(table.goal)} rows", flush=True)
    masks = list(build.folds(table.group, build.FOLDS, seed=SEED))
    for fold, model in models(table, masks):
        beyond = lcdb.part(bank, np.unique(table.group[masks[fold]]))
        six = _six(table.rows(~masks[fold]))
        for index, (name, plan) in enumerate(PLANS.items()):
            for cut in lcdb.cuts(beyond, plan, SEED):
                number = index * 1_000_000 + int(beyond.datasets[cut.dataset]) * 100 + cut.learner
                parts.append(
                    {
                        **_scored(beyond, cut, model, six),
                        **_paths(beyond, cut, model, name == "usual"),
                        "plan": name,
                        "curve": number,
                    }
                )
        print(f"fold {fold}: {len(parts)} curves", flush=True)
    return {key: np.concatenate([_along(one, key) for one in parts]) for key in parts[0]}


def models(table: build.Table, masks: list[np.ndarray]) -> Iterator[tuple[int, Model]]:
    """For each fold a model built without it: the builder's recipe, the other folds being those of its offsets.

    A forest grown without folds i and j serves the offsets of both models.
    """
    pairs = {}
    for one, other in combinations(range(len(masks)), 2):
        pairs[one, other] = pairs[other, one] = build.grow(table.rows(~masks[one] & ~masks[other]))
    for fold, held in enumerate(masks):
        raw = np.full((len(table.goal), len(LEVELS)), np.nan)
        for other, mask in enumerate(masks):
            if other != fold:
                raw[mask] = grown(pairs[fold, other], table.inputs[mask])
        rows = table.rows(~held)
        yield fold, Model(build.VERSION, build.offsets(raw[~held], rows), build.grow(rows))


def _along(one: Rows, key: str) -> np.ndarray:
    """A column of one curve, repeated for each of its horizons where it has one value."""
    values = np.asarray(one[key])
    return np.broadcast_to(values, (len(one["truth"]), *values.shape[1:]))


def _six(table: build.Table) -> Offsets:
    """The conformal offsets of the six-law average."""
    return build.offsets(np.tile(table.inputs[:, AVERAGE, None], len(LEVELS)), table)


def _scored(bank: lcdb.Bank, cut: lcdb.Cut, model: Model, six: Offsets) -> Rows:
    learner = str(bank.learners[cut.learner])
    last = cut.curve.errors[-1]
    told, untold = (extend(cut.curve, cut.sizes, model, kind) for kind in (learner, None))
    fits = build.fit(cut.curve)
    mean = build.features(cut.curve, fits, cut.sizes)[:, AVERAGE]
    band = mean[:, None] + six.at(cut.sizes / cut.curve.sizes[-1]) * width(np.zeros((len(mean), len(LEVELS))))[:, None]
    return {
        "times": np.round(cut.sizes / cut.curve.sizes[-1]),
        "truth": cut.errors,
        "last": np.array([last]),
        "mean": np.exp(mean + log(last)),
        "mean_band": np.minimum(np.exp(band[:, [LEVELS.index(0.1), LEVELS.index(0.9)]] + log(last)), 1.0),
        "told": told.quantiles,
        "untold": untold.quantiles,
        "goal": told.probability(0.85 * float(last)),
        "flagged": np.array(["flat" in told.flags]),
        "learner": np.array([learner]),
        "group": bank.groups[[cut.dataset]],
        "repeats": np.array([cut.repeats]),
        "dataset": bank.datasets[[cut.dataset]],
    }


def _paths(bank: lcdb.Bank, cut: lcdb.Cut, model: Model, wanted: bool) -> Rows:
    """By eighths of octaves: the truth up to 8 times the data, quantiles up to 16 times; NaN where nobody asks."""
    later = np.full(3 * lcdb.OCTAVE, np.nan)
    paths = np.full((4 * lcdb.OCTAVE, len(LEVELS)), np.nan, dtype=np.float32)
    if wanted:
        known = bank.errors[cut.dataset, cut.learner, bank.sizes > cut.curve.sizes[-1]][: len(later)]
        later[: len(known)] = known
        ahead = cut.curve.sizes[-1] * 2.0 ** (np.arange(1, len(paths) + 1) / lcdb.OCTAVE)
        paths[:] = extend(cut.curve, ahead, model, str(bank.learners[cut.learner])).quantiles
    return {"later": later[None], "paths": paths[None]}


def part(rows: Rows, chosen: np.ndarray) -> Rows:
    return {key: values[chosen] for key, values in rows.items()}


def at(rows: Rows, times: float) -> Rows:
    return part(rows, rows["times"] == times)


def misses(rows: Rows, of: str = "told") -> Floats:
    """[rows] absolute errors of the medians, or of another forecast."""
    values = rows[of]
    return np.abs((values[:, LEVELS.index(0.5)] if values.ndim == 2 else values) - rows["truth"])


def winkler(truth: Floats, low: Floats, high: Floats) -> Floats:
    """The interval score of an 80 % band."""
    return high - low + 10 * np.maximum(low - truth, 0) + 10 * np.maximum(truth - high, 0)


def band(rows: Rows, of: str = "told") -> tuple[Floats, Floats]:
    return rows[of][:, LEVELS.index(0.1)], rows[of][:, LEVELS.index(0.9)]


def interval(one: Floats, other: Floats, group: np.ndarray) -> tuple[float, float]:
    """95 % interval of sum(one) / sum(other) when groups are drawn with replacement."""
    index = np.unique(group, return_inverse=True)[1]
    sums = np.stack([np.bincount(index, values) for values in (one, other)])
    drawn = np.random.default_rng(0).integers(0, sums.shape[1], (2000, sums.shape[1]))
    ratios = sums[0][drawn].sum(axis=1) / sums[1][drawn].sum(axis=1)
    return float(np.quantile(ratios, 0.025)), float(np.quantile(ratios, 0.975))


def errors(rows: Rows) -> Iterator[Measured]:
    """Against no change at all."""
    there = at(rows, 4)
    for name, chosen, bar in (
        ("all", there["last"] >= 0, "<= 0.75"),
        ("mainstream", np.isin(there["learner"], MAIN), "<= 0.55"),
    ):
        some = part(there, chosen)
        nothing = misses(some, "last")
        for of, kind in (("told", "its kind told"), ("untold", "its kind not told")):
            mine = misses(some, of)
            yield Measured(f"MAE / no change, 4x, {name}, {kind}", mine.mean() / nothing.mean(), bar=bar)
            low, high = interval(mine, nothing, some["group"])
            yield Measured(f"  interval from, {name}, {kind}", low)
            yield Measured(f"  interval to, {name}, {kind}", high)
        yield Measured(f"MAE of no change, 4x, {name}", nothing.mean())
        yield Measured(f"median miss, 4x, {name}", float(np.median(misses(some))))


def against_six(rows: Rows) -> Iterator[Measured]:
    """Against the classical average and its conformal band."""
    there = at(rows, 4)
    six = winkler(there["truth"], *there["mean_band"].T)
    for of, kind in (("told", "its kind told"), ("untold", "its kind not told")):
        ratio = misses(there, of).mean() / misses(there, "mean").mean()
        yield Measured(f"MAE / six-law average, 4x, all, {kind}", ratio, bar="<= 0.9")
        mine = winkler(there["truth"], *band(there, of))
        yield Measured(f"Winkler / six-law average with its band, 4x, {kind}", mine.mean() / six.mean(), bar="<= 0.7")


def coverage(rows: Rows) -> Iterator[Measured]:
    """Of the 80 % band; the bar is that its interval meets 77 to 83 %."""
    for of, kind in (("told", "its kind told"), ("untold", "its kind not told")):
        for times in (2, 4, 8, 16):
            there = at(rows, times)
            low, high = band(there, of)
            inside = ((there["truth"] >= low) & (there["truth"] <= high)).astype(float)
            ends = interval(inside, np.ones_like(inside), there["group"])
            yield Measured(f"coverage at {times}x, {kind}", inside.mean())
            yield Measured(f"  interval from, {times}x, {kind}", ends[0], bar="<= 0.83")
            yield Measured(f"  interval to, {times}x, {kind}", ends[1], bar=">= 0.77")


def needs(rows: Rows) -> Iterator[Measured]:
    """Plans for targets that are shares of today's error: of those that name a size at which the truth is known.

    A target that was never reached counts as a plan that did not suffice; beside it stands the share among the targets
    that were truly reached within 8 times the data.
    """
    first = part(rows, np.unique(rows["curve"], return_index=True)[1])
    known = np.tile(np.isfinite(first["later"]).sum(axis=1), len(SHARES))
    plans = np.concatenate([_plans(first, share) for share in SHARES])
    truly, reached = plans[:, 0], np.isfinite(plans[:, 0])
    yield Measured("targets of sample plans", len(plans))
    yield Measured("  truly reached within 8x", int(reached.sum()))
    bars = {"q50": ("",), "q75": (">= 0.7", "<= 0.8"), "q90": (">= 0.85", "<= 0.93")}
    for column, (level, limits) in enumerate(bars.items(), start=1):
        named = plans[:, column]
        enough = reached & (named >= truly)
        scored = named <= known
        yield Measured(f"{level}: share of plans that name a size up to 16x", np.isfinite(named).mean())
        for bar in limits:
            yield Measured(f"{level} plans that suffice", enough[scored].mean(), bar=bar)
        both = reached & np.isfinite(named)
        yield Measured(f"  {level} plans that suffice, of targets truly reached", enough[both].mean())
        bought = float(np.median(2.0 ** ((named - truly)[enough] / lcdb.OCTAVE)))
        yield Measured(f"{level} over-buys, when it suffices", bought, "x", "<= 2" if level == "q75" else "")


def _plans(rows: Rows, share: float) -> Floats:
    """[curves, 4] eighths of octaves to the target: truly, and by the plans at 50, 75 and 90 %; NaN for never."""
    columns = [LEVELS.index(level) for level in (0.5, 0.75, 0.9)]
    paths = [rows["later"], *(rows["paths"][:, :, column] for column in columns)]
    reached = [path <= share * rows["last"][:, None] for path in paths]
    return np.stack([np.where(one.any(axis=1), one.argmax(axis=1) + 1.0, np.nan) for one in reached], axis=1)


def goals(rows: Rows) -> Iterator[Measured]:
    """P(error <= 85 % of today's) at 4x."""
    there = at(rows, 4)
    came = there["truth"] <= 0.85 * there["last"]
    yield Measured("P(goal): Brier of the base rate", float(came.mean() * (1 - came.mean())))
    said = there["goal"]
    yield Measured("P(goal) at 85 %, 4x: Brier", float(np.mean((said - came) ** 2)), bar="<= 0.14")
    tens = np.minimum((said * 10).astype(int), 9)
    equal = np.argsort(np.argsort(said, kind="stable")) * 10 // len(said)
    yield Measured("P(goal): largest gap, bins 0.1 wide with 30 or more", _gap(said, came, tens), bar="<= 0.1")
    yield Measured("P(goal): largest gap, bins of equal numbers", _gap(said, came, equal))


def _gap(said: Floats, came: np.ndarray, cells: np.ndarray) -> float:
    """The largest distance of what was said from how often it came."""
    chosen = [cells == one for one in range(10) if (cells == one).sum() >= 30]
    return float(max(abs(said[cell].mean() - came[cell].mean()) for cell in chosen))


def refusals(rows: Rows) -> Iterator[Measured]:
    """Whether what is flagged as flat is harder."""
    there = at(rows, 4)
    flagged = there["flagged"]
    yield Measured("share flagged as flat", flagged.mean())
    ratio = misses(part(there, ~flagged)).mean() / misses(part(there, flagged)).mean()
    yield Measured("MAE not flagged / flagged, 4x", ratio)


def others(rows: Rows) -> Iterator[Measured]:
    """Other ways to measure a curve, at 4x, the kind of learner told."""
    for name in PLANS:
        there = at(part(rows, rows["plan"] == name), 4)
        low, high = band(there)
        yield Measured(f"{name}: MAE / no change, 4x", misses(there).mean() / misses(there, "last").mean())
        yield Measured(f"{name}: coverage, 4x", float(np.mean((there["truth"] >= low) & (there["truth"] <= high))))


def speed() -> Iterator[Measured]:
    """Of the shipped model, and whether two processes say the same bytes."""
    sizes = np.geomspace(100, 2000, 8)
    curve = 0.1 + 2 * sizes**-0.5
    taken = []
    for _ in range(60):
        began = time.process_time()
        forecast(sizes, curve, spread=np.full(8, 0.004))
        taken.append(time.process_time() - began)
    yield Measured("one curve, 16 horizons, median", 1000 * float(np.median(taken)), "ms", "<= 20")
    yield Measured("different bytes of two processes", float(len({_bytes() for _ in range(2)}) - 1), bar="<= 0")


def _bytes() -> str:
    program = (
        "import json, numpy as np; from modelyard.plan import forecast; n = np.geomspace(100, 2000, 8);"
        "f = forecast(n, 0.1 + 2 * n**-0.5); print(json.dumps([f.quantiles.tolist(), f.probability(0.12).tolist()]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return hashlib.sha256(done.stdout).hexdigest()


def contest(folder: Path) -> list[tuple[int, str]]:
    """Data set and learner of the curves of the comparison, which are written for the other library."""
    bank = lcdb.read(CURVES)
    cuts = [
        cut
        for cut in lcdb.cuts(bank, PLANS["3 repeats"], SEED)
        if bank.learners[cut.learner] in MAIN and 4 in np.round(cut.sizes / cut.curve.sizes[-1])
    ]
    cuts = [cuts[index] for index in np.random.default_rng(SEED).permutation(len(cuts))[:CONTEST].tolist()]
    sizes = np.array([cut.curve.sizes for cut in cuts])
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "curves.npz", sizes=sizes, errors=np.array([cut.each for cut in cuts]), at=4 * sizes[:, -1])
    return [(int(bank.datasets[cut.dataset]), str(bank.learners[cut.learner])) for cut in cuts]


def peer(rows: Rows, folder: Path) -> Iterator[Measured]:
    """simple-scaling-laws on the same curves; without its answers, nothing."""
    names = contest(folder)
    if not (folder / "answers.json").exists():
        return
    usual = at(part(rows, rows["plan"] == "3 repeats"), 4)
    place = {name: index for index, name in enumerate(zip(usual["dataset"], usual["learner"], strict=True))}
    there = part(usual, np.array([place[name] for name in names]))
    answers = json.loads((folder / "answers.json").read_text("utf-8"))
    mine, score = misses(there).mean(), winkler(there["truth"], *band(there)).mean()
    low, high = band(there)
    yield Measured("against simple-scaling-laws: curves", len(there["truth"]))
    yield Measured("our MAE", mine)
    yield Measured("our coverage", float(np.mean((there["truth"] >= low) & (there["truth"] <= high))))
    for law, given in answers["laws"].items():
        theirs = np.array(given["forecast"])
        both = np.isfinite(theirs).all(axis=1)
        truth = there["truth"][both]
        miss = np.abs(theirs[both, 0] - truth).mean()
        ends = theirs[both, 1], theirs[both, 2]
        yield Measured(f"{law}: forecasts it made", int(both.sum()))
        yield Measured(f"our MAE / {law}", misses(there)[both].mean() / miss, bar="<= 0.95")
        theirs_score = winkler(truth, *ends).mean()
        yield Measured(
            f"our Winkler / {law}", winkler(there["truth"], low, high)[both].mean() / theirs_score, bar="<= 0.85"
        )
        yield Measured(f"{law}: coverage", float(np.mean((truth >= ends[0]) & (truth <= ends[1]))))
        ours = next(speed()).value
        yield Measured(f"{law}: time / ours", given["milliseconds"] / ours, "x", ">= 20")
    yield Measured("our Winkler", score)


if __name__ == "__main__":
    main()
