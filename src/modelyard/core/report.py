"""The report: measured evidence about one bundle, as plain data that JSON can hold.

    report = Report.load("evidence")      # a folder or report.json
    report.targets[0].scores[0].number    -> Number(value=0.79, low=0.73, high=0.84, n=200)
    print("\n".join(report.summary()))

`report.json` is complete: the Markdown and HTML forms are written from it alone. A number that is not defined
(the ROC-AUC of rows that are all of one class) is `None`, in JSON null.
"""

from __future__ import annotations

import dataclasses
import html
import json
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from modelyard.core.errors import DataError, Mistake
from modelyard.core.messages import text
from modelyard.core.number import Number, aligned, decimals, figure, interval_words
from modelyard.core.verdicts import Decision, Verdict, verdict_words

FORMAT = 1
FILE = "report.json"
MOST_LINES = 6  # metrics per target in a terminal


@dataclass(frozen=True)
class Score:
    """One metric of the bundle; `better` is "higher" or "lower", `bounds` its smallest and largest possible value."""

    metric: str
    better: str
    number: Number
    bounds: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class Baseline:
    """A simpler model on the same rows.

    Args:
        method: Plug-in name.
        title: Its name for people.
        numbers: Metric -> its number.
        differences: Metric -> bundle minus baseline, with the paired interval.
    """

    method: str
    title: str
    numbers: dict[str, Number]
    differences: dict[str, Number]


@dataclass(frozen=True)
class ClassScore:
    """One class: rows that are of it, precision and recall."""

    label: str
    rows: int
    precision: Number
    recall: Number


@dataclass(frozen=True)
class Confusion:
    """Counts of rows by actual (outer) and answered (inner) class; `folded` classes share the last place."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    folded: int = 0


@dataclass(frozen=True)
class Bin:
    """Answers of similar probability: mean of what was said, and the share that came true."""

    said: float
    came: Number


@dataclass(frozen=True)
class Reliability:
    """How far stated probabilities can be trusted.

    Args:
        about: Whose probability: "positive" (class of two), "answer" (the likeliest class) or "labels" (all of them).
        ece: Mean distance between what was said and what came true.
        bins: Of about equally many rows.
        histogram: How often each probability was said, in equal steps from 0 to 1.
    """

    about: str
    ece: Number
    bins: tuple[Bin, ...]
    histogram: tuple[int, ...] = ()


@dataclass(frozen=True)
class Slice:
    """Rows that share a value: the metric among them.

    Args:
        column: The column.
        value: Its value; empty for missing.
        rows: How many rows.
        number: The target's first metric on these rows.
        worse: Whether it is worse than on all rows together beyond noise, all slices looked at allowed for.
    """

    column: str
    value: str
    rows: int
    number: Number
    worse: bool


@dataclass(frozen=True)
class Slices:
    """The slices that are shown, out of those looked at."""

    metric: str
    looked_at: int
    shown: tuple[Slice, ...]


@dataclass(frozen=True)
class Importance:
    """How much the loss rises when a column is shuffled.

    Args:
        rows: Rows used.
        repeats: Shuffles per column.
        total: Input columns in all.
        columns: Column -> rise of the mean loss, largest first.
        together: Columns that were only shuffled in groups (there were too many), and those left out of the display.
    """

    rows: int
    repeats: int
    total: int
    columns: dict[str, Number]
    together: int = 0


@dataclass(frozen=True)
class Conformal:
    """Measured behaviour of prediction intervals (`coverage`, `width`) or of `certain` answers.

    `promised` is the share that was asked for; `accuracy` is among certain answers, `otherwise` among the rest.
    """

    promised: float
    coverage: Number | None = None
    width: Number | None = None
    certain: Number | None = None
    accuracy: Number | None = None
    otherwise: Number | None = None


@dataclass(frozen=True)
class Fit:
    """Numbers predicted: a sample of (actual, predicted) pairs and quantiles of actual minus predicted."""

    pairs: tuple[tuple[float, float], ...]
    residuals: dict[str, float]
    half_width: float | None = None


@dataclass(frozen=True)
class Step:
    """One step of the ladder, on the validation rows; lower loss is better.

    Args:
        method: Plug-in name.
        title: Its name for people.
        loss: Mean proper score; None when skipped.
        gain: How much lower the loss is than the best step below; None for the first.
        low: Lower end of the gain's interval.
        high: Upper end.
        beats: Whether the gain is more than noise.
        over: Title of the step it is compared with.
        skipped: Why it was not tried; empty when it was.
        work: Units of work done.
        cause: Why it was not tried, in one word for programs: "lacks", "over_budget", ...
        curves: Values per unit of work: {"step": 1, "train_loss": 0.7, ...}.
        notes: What the method has to say, such as where it stopped.
    """

    method: str
    title: str
    loss: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    beats: bool | None = None
    over: str = ""
    skipped: str = ""
    cause: str = ""
    work: int = 0
    curves: tuple[dict[str, float | None], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doubts:
    """Rows to look at: wrong answers, those among them that were sure, and training rows likely mislabelled."""

    wrong: int = 0
    sure: int = 0
    mislabelled: int = 0


@dataclass(frozen=True)
class Action:
    """Something to do next: a command that can be pasted in the project's folder, and why."""

    command: str
    why: str


@dataclass(frozen=True)
class TargetReport:
    """All that was measured about one target.

    Args:
        name: The target.
        columns: Its columns.
        task: Plug-in name of the task.
        method: Plug-in name of the method that was chosen.
        labels: Classes or labels; empty for numbers.
        rows: Rows with a known target: all numbers rest on them.
        left_out: Rows left out because the target is missing, or is a class never seen in training.
        scores: Metrics, the most telling first.
        baselines: Simpler models beside the bundle.
        classes: One line per class.
        confusion: Counts of actual against answered classes.
        decision: The decision rule, and what it came to.
        reliability: Whether probabilities come true.
        slices: Parts of the data.
        importance: Columns.
        conformal: Intervals or certain answers.
        fit: Predicted against actual numbers.
        ladder: What was tried in training.
        doubts: How many rows `errors.csv` is about.
    """

    name: str
    columns: tuple[str, ...]
    task: str
    method: str
    labels: tuple[str, ...]
    rows: int
    left_out: int
    scores: tuple[Score, ...]
    baselines: tuple[Baseline, ...] = ()
    classes: tuple[ClassScore, ...] = ()
    confusion: Confusion | None = None
    decision: Decision | None = None
    reliability: Reliability | None = None
    slices: Slices | None = None
    importance: Importance | None = None
    conformal: Conformal | None = None
    fit: Fit | None = None
    ladder: tuple[Step, ...] = ()
    doubts: Doubts = Doubts()

    def score(self, metric: str) -> Score | None:
        """The metric of that name, when it was measured."""
        return next((score for score in self.scores if score.metric == metric), None)


@dataclass(frozen=True)
class Cost:
    """What an answer costs: one row, in process, on this machine.

    Args:
        latency_p50_ms: Median milliseconds per row.
        latency_p99_ms: 99th percentile.
        bundle_mb: Size of the bundle's files, evidence left out, in 1,000,000 bytes.
        machine: The processor's name.
    """

    latency_p50_ms: Number
    latency_p99_ms: Number
    bundle_mb: Number
    machine: str = ""

    @property
    def latencies(self) -> tuple[Number, Number]:
        """Median and 99th percentile."""
        return self.latency_p50_ms, self.latency_p99_ms


@dataclass(frozen=True)
class Report:
    """Everything measured about a bundle on one set of rows.

    Args:
        name: The product.
        bundle: The bundle's id.
        split: Which rows: "test", or a name of the user's.
        held_out: False when no labelled row was kept from training: then nothing about quality is measured.
        rows: Rows that were scored.
        confidence: Of every interval, e.g. 0.95.
        seed: Of every random draw.
        inputs: Names of the input columns.
        targets: One report per target.
        goals: One verdict per goal.
        cost: Latency and size.
        protected: Columns that are never an input and always a slice.
        slices: Columns that the project wants slices of.
        about: Facts on the run, for display.
        next: What to do next, the most helpful first.
        predictions: Columns of `test_predictions.csv`; not part of report.json.
        errors: Columns of `errors.csv`; not part of report.json either.
        rows_to_label: How many labelled rows it takes to measure, where there are none; else 0.
    """

    name: str
    bundle: str
    split: str
    held_out: bool
    rows: int
    confidence: float
    seed: int
    inputs: tuple[str, ...]
    targets: tuple[TargetReport, ...]
    goals: tuple[Verdict, ...]
    cost: Cost
    protected: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)
    next: tuple[Action, ...] = ()
    predictions: dict[str, list[Any]] = field(default_factory=dict, compare=False, repr=False)
    errors: dict[str, list[Any]] = field(default_factory=dict, compare=False, repr=False)
    rows_to_label: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data; NaN and infinity become null."""
        names = [item.name for item in dataclasses.fields(self) if item.compare]
        return {"format": FORMAT, **{name: plain(getattr(self, name)) for name in names}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """The inverse of `to_json`."""
        report: Report = _build(cls, {key: value for key, value in data.items() if key != "format"})
        return report

    def written(self) -> str:
        """The content of report.json."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    def save(self, path: str | Path) -> None:
        """Write report.json."""
        Path(path).write_text(self.written(), "utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Report:
        """Read a report.

        Args:
            path: report.json, the evidence folder, or the bundle that holds it.

        Raises:
            DataError: There is none, or it is of another format.
        """
        folder = Path(path)
        files = (folder, folder / FILE, folder / "evidence" / FILE)
        file = next((candidate for candidate in files if candidate.is_file()), None)
        if file is None:
            raise _load_error(folder, text("report.got_no_report"))
        try:
            data = json.loads(file.read_text("utf-8"))
        except ValueError:
            raise _load_error(file, text("report.got_no_json")) from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            got = data.get("format") if isinstance(data, dict) else type(data).__name__
            raise _load_error(file, text("report.got_format", got=got))
        return cls.from_json(data)

    def headline(self) -> dict[str, dict[str, float | None]]:
        """Target -> metric -> value: what lists and comparisons of runs show."""
        return {target.name: {score.metric: score.number.value for score in target.scores} for target in self.targets}

    def summary(self) -> list[str]:
        """The report in a few lines for a terminal."""
        lines = [] if self.held_out else [self.unmeasured()]
        for target in self.targets:
            lines += _target_lines(target)
        if self.goals:
            rows = [(text(f"report.outcome_{_word(goal)}"), goal.goal, verdict_words(goal)) for goal in self.goals]
            lines += [text("report.goals"), *aligned(rows)]
        return lines

    def unmeasured(self) -> str:
        """The sentence that stands in the place of scores where there can be none."""
        return text("report.unmeasured", n=f"{self.rows_to_label:,}")

    def _repr_html_(self) -> str:
        """A compact table for notebooks."""
        rows = []
        for target in self.targets:
            where = f"{target.name} · " if len(self.targets) > 1 else ""
            rows += [(where + score.metric, interval_words(score.number)) for score in target.scores]
        rows += [(goal.goal, f"{text(f'report.outcome_{_word(goal)}')} · {verdict_words(goal)}") for goal in self.goals]
        cells = "".join(
            f'<tr style="text-align:left"><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>'
            for name, value in rows
        )
        warning = "" if self.held_out else f"<p><strong>{html.escape(self.unmeasured())}</strong></p>"
        caption = html.escape(f"{self.name} · {text('report.rows_of', n=self.rows, split=self.split)}")
        return f"{warning}<table><caption>{caption}</caption>{cells}</table>"


# ------------------------------------------------------------------------- words
def plain(value: Any) -> Any:
    """Anything -> what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _word(verdict: Verdict) -> str:
    return verdict.outcome.replace(" ", "_")


def _target_lines(target: TargetReport) -> list[str]:
    line = text("report.target_line", name=target.name, task=target.task, method=target.method, n=f"{target.rows:,}")
    if target.reliability and target.reliability.about == "positive":
        line = text("report.looked_for", line=line, label=target.labels[1])
    rows = []
    for score in target.scores[:MOST_LINES]:
        places = decimals(score.number)
        beside = (f"{item.method} {figure(item.numbers[score.metric].value, places)}" for item in target.baselines)
        rows.append((score.metric, interval_words(score.number), ", ".join(beside)))
    return [line, *aligned(rows)]


# -------------------------------------------------------------------------- JSON
def _build(hint: Any, data: Any) -> Any:
    """JSON data -> the dataclass, tuple or mapping that the type hint names."""
    origin, inner = get_origin(hint), get_args(hint)
    if data is None:
        return None
    if origin in (Union, types.UnionType):
        return _build(next(option for option in inner if option is not type(None)), data)
    if origin is tuple:
        kinds = [inner[0]] * len(data) if inner[-1] is Ellipsis else inner
        return tuple(_build(kind, item) for kind, item in zip(kinds, data, strict=True))
    if origin is dict:
        return {key: _build(inner[1], item) for key, item in data.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return hint(**{name: _build(hints[name], item) for name, item in data.items() if name in hints})
    return data


def _load_error(path: Path, got: str) -> DataError:
    return DataError(Mistake(str(path), got, text("report.expected_report"), text("report.fix_report")))
