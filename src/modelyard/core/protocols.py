"""What the rooms promise each other. Plug-ins are plain modules; these are the shapes they have.

A table is turned into an answer in five steps, the same ones in training and in serving:

    cells   --parse-->  parsed columns  --block-->  one array per modality  (numpy; ships in the bundle)
    blocks  --view--->  one float32 matrix [rows, features]     "raw" (NaN, category codes) or "dense" (scaled, one-hot)
                        both with vectors of frozen encoders; "texts": dense without them, and the texts beside it
    view    --method->  scores [rows, width]                    logits, or a standardised number
    scores  --task--->  outputs                                 calibrated probabilities, or a number
    outputs --answer->  what the user reads                     (numpy; ships in the bundle)

`view`, `method` and `task` exist twice: as numpy code, used while training, and as an ONNX fragment, used in the
bundle. The release check proves on every bundle that the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from modelyard.core.space import Space

Array = NDArray[Any]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Columns = dict[str, Array]
"""Column name -> 1-D array [rows] as the user gave it: object, number, boolean or datetime64."""
State = dict[str, Any]
"""Plain data (JSON can hold it) that fitting leaves behind."""
Texts = Mapping[str, Array]
"""Text column -> its parsed values, str objects [rows], "" where there is none."""
Outputs = dict[str, Array]
"""Output name -> array: `probability` float32 [rows, classes] or `value` float64 [rows, 1]."""


# ---------------------------------------------------------------- modalities
@dataclass(frozen=True)
class Sample:
    """What a modality or a task may look at to say whether a column is of its kind.

    Args:
        name: The column's name.
        values: Up to 20,000 non-missing cells, as given, object [cells].
        distinct: Number of different values among them.
        rows: Rows of the whole table, missing cells included.
        mark: How the other columns write decimals, where it matters: "comma", or "mixed" where some write a comma and
            others a point.
    """

    name: str
    values: Array
    distinct: int
    rows: int
    mark: Literal["", "comma", "mixed"] = ""


@dataclass(frozen=True)
class Parsed:
    """One column in its canonical form.

    Args:
        values: [rows], the modality's canonical type (float64 with NaN, or str objects with "" for missing).
        bad: Row numbers of cells that could not be read; their value is missing.
        notes: What was done to how many cells, e.g. {"infinite": 3}; names are messages `prepare.cell_<name>`.
    """

    values: Array
    bad: NDArray[np.int64]
    notes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Feature:
    """One column of a view: `code` columns hold category codes (0 missing, 1 rare or unseen, 2... known), `vector`
    columns one number of an encoder's vector.

    `monotone` is 1 where the answer may only rise with it, -1 where it may only fall, 0 where it is free. `levels` are
    the texts of the codes 2, 3 and so on.
    """

    name: str
    column: str
    kind: Literal["number", "code", "vector"]
    monotone: Literal[-1, 0, 1] = 0
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Mixed:
    """The view `texts`: a dense matrix, and beside it what is not made into numbers yet.

    Args:
        table: float32 [rows, features], without vectors.
        texts: Of the same rows.
    """

    table: Floats
    texts: Texts

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, rows: Array | slice) -> Mixed:
        """Some rows, by number, mask or slice."""
        return Mixed(self.table[rows], {name: values[rows] for name, values in self.texts.items()})


View = Floats | Mixed
"""What a method takes of some rows."""


@dataclass(frozen=True)
class TextColumn:
    """A text column as a method meets it.

    Args:
        name: Of the column.
        options: Those of its modality, every default filled in.
        folder: Of its pre-trained encoder on this machine; None where it has none.
        encode: Texts -> the frozen encoder's vectors, float32 [texts, dimension], cached; None where it has none.
    """

    name: str
    options: Mapping[str, Any]
    folder: Path | None = None
    encode: Callable[[Array], Floats] | None = None


class ModalityOptions(Protocol):
    """modalities/<name>/options.py: light, so that `check` can read it."""

    TITLE: tuple[str, str]  # English, Chinese
    ORDERED: bool  # whether an answer can rise or fall with such a column (a date is also a season and a weekday)
    Options: type[Any]  # pydantic model of the keys a column of this modality may have in `columns:`


class Preprocess(Protocol):
    """modalities/<name>/preprocess.py: numpy only; copied verbatim into every bundle.

    A *block* is all input columns of one modality side by side, and what the ONNX graph takes as its input of
    that name. States are per column. Nothing here may see the target.
    """

    VERSION: int
    JSON: tuple[str, ...]  # what a cell of a request may be besides null: "number", "string", "boolean"
    # EXAMPLES: tuple[str, ...], where people write what no bundle may hold: invented cells that stand for theirs

    def claim(self, sample: Sample) -> float:
        """How surely the column is of this modality, 0 to 1; the highest claim of at least 0.5 wins."""

    def settle(self, sample: Sample, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options, with what only a look at the whole column can decide filled in (is 03/05/2024 in March or May?).

        `prepare` calls it once and keeps the answer as the column's options: a later row is read like the first ones.
        """

    def parse(self, values: Array, options: Mapping[str, Any]) -> Parsed:
        """Cells as given -> canonical values. Never raises on a cell: it goes to `bad`."""

    def how(self, cell: Any, options: Mapping[str, Any]) -> str:
        """What `parse` has to do to a cell beyond taking it as it stands: the end of `cells.how_<...>`, or "".

        `check` shows it with examples: 1.2万 -> 12000. Serving never asks.
        """

    def doubts(self, sample: Sample, options: Mapping[str, Any]) -> tuple[str, ...]:
        """What the cells leave open under settled options: ends of messages `cells.note_<...>`."""

    def summarise(self, values: Array) -> State:
        """What fitting needs to know of a chunk of parsed values."""

    def merge(self, one: State, other: State) -> State:
        """Summary of two chunks; the order of chunks does not matter beyond rounding."""

    def finish(self, summary: State, options: Mapping[str, Any]) -> State:
        """Summary -> state. The state of a column with no value at all is valid too."""

    def block(self, parsed: Sequence[Array], states: Sequence[State]) -> Array:
        """Parsed columns -> the graph's input [rows, any]: float64, or str objects."""

    def view(self, name: str, block: Array, states: Sequence[State]) -> Floats:
        """Block -> float32 [rows, features]; the fragment of the same name computes the same."""

    def features(self, name: str, columns: Sequence[str], states: Sequence[State]) -> list[Feature]:
        """What each column of that view is."""

    def profile(self, values: Array) -> State:
        """Reference profile of parsed values, for drift: {"kind", "edges" or "levels", "counts", "missing"}."""

    def odd(self, values: Array, state: State) -> Array:
        """Boolean [rows]: parsed, but unlike anything seen in training (an unseen category); answered with warnings."""


class ModalityFragment(Protocol):
    """modalities/<name>/fragment.py: the ONNX twin of `Preprocess.view`."""

    def build(self, graph: Any, block: str, states: Sequence[State], view: str) -> str:
        """Add nodes to a `fragments.graph.Graph`; returns the tensor's name, float32 [rows, features]."""


# --------------------------------------------------------------------- tasks
@dataclass(frozen=True)
class Target:
    """A target as read.

    `y` is int64 codes [rows] (-1 missing, -2 none of the classes), or float64 [rows] or [rows, labels] (NaN missing).
    """

    y: Array
    state: State


class TaskOptions(Protocol):
    """tasks/<name>/options.py."""

    TITLE: tuple[str, str]
    Options: type[Any]  # pydantic model of the keys a `predict:` entry of this task may have besides column(s), task
    METRICS: tuple[str, ...]  # every metric a goal may name, most telling first
    TOGETHER: tuple[tuple[str, ...], ...]  # metrics that one rule decides: each may be the condition of another
    DECIDING: tuple[str, ...]  # options that shape the decision rule alone; neither `read` nor training sees them


class TaskTarget(Protocol):
    """tasks/<name>/target.py: how targets are read."""

    def claim(self, samples: Sequence[Sample]) -> float:
        """How surely these target columns are of this task, 0 to 1."""

    def read(self, columns: Mapping[str, Array], options: Mapping[str, Any]) -> Target:
        """Target columns as given -> codes or numbers, with the state that reads later files the same way.

        Raises:
            DataError: All missing, one class, constant, not a number: what cannot be learnt.
        """

    def reread(self, columns: Mapping[str, Array], state: State) -> Array:
        """The y of a later file; labels never seen are -1 (classification) or NaN."""

    def fit(self, y: Array, state: State) -> State:
        """State completed from the training rows only (a number's mean and scale)."""

    def encode(self, y: Array, state: State) -> Array:
        """What methods learn: int64 codes [rows], float32 [rows, width] for numbers and label sets."""

    def known(self, y: Array, state: State | None = None) -> NDArray[np.bool_]:
        """Rows that have a target; with a fitted state, those that a model of that state can be judged by."""

    def width(self, state: State) -> int:
        """Columns of a score: 1 for binary and numbers, else classes or labels."""


class TaskCalibrate(Protocol):
    """tasks/<name>/calibrate.py: scores -> outputs, in numpy."""

    def identity(self, state: State) -> State:
        """The calibration that changes nothing."""

    def fit(self, scores: Array, y: Array, state: State, confidence: float, weight: Array | None = None) -> State:
        """Calibration from held-out rows: {"slope": [..], "offset": [..], "conformal": number or None, "confidence"}.

        The calibrated score is `slope * score + offset` per column; on those rows its log-loss beats identity or ties.
        """

    def apply(self, scores: Array, calibration: State, state: State) -> Outputs:
        """Scores -> outputs; the fragment computes the same."""


class TaskFragment(Protocol):
    """tasks/<name>/fragment.py: the ONNX twin of `TaskCalibrate.apply`."""

    def build(self, graph: Any, score: str, state: State, calibration: State) -> dict[str, str]:
        """Add nodes; returns output name -> tensor name."""


class TaskDecide(Protocol):
    """tasks/<name>/decide.py: the decision rule, chosen on held-out rows when the bundle is made."""

    def check(self, options: Mapping[str, Any], state: State, goals: Sequence[Any], place: str) -> None:
        """Hold the written options and the `core.goals.Goal`s of a target against the classes that the data has.

        Raises:
            ProjectError: Everything that no rule could follow.
        """

    def choose(
        self,
        outputs: Outputs,
        y: Array,
        state: State,
        goals: Sequence[Any],
        options: Mapping[str, Any],
        confidence: float,
    ) -> State | None:
        """The rule that goals and options ask for, from rows that the model did not learn from; None: the plain answer.

        It is plain data that `postprocess.answer` follows, with how it was chosen beside it.
        """

    def decided(self, outputs: Outputs, decision: State | None) -> Outputs:
        """What a rule decides about each row, which `metrics` follow where they find it beside the outputs."""


class TaskPostprocess(Protocol):
    """tasks/<name>/postprocess.py: numpy only; copied verbatim into every bundle."""

    VERSION: int

    def answer(
        self, outputs: Outputs, state: State, calibration: State, decision: State | None = None
    ) -> dict[str, Any]:
        """Outputs -> named columns of the answer: "value" [rows], and e.g. "decision" [rows], "probability" {label:
        [rows]}, "certain" [rows] bool, "low" and "high" [rows]. Values and decisions follow the decision rule."""


class TaskMetrics(Protocol):
    """tasks/<name>/metrics.py: which numbers are reported; the arithmetic is in `measure.score`."""

    def row_loss(self, outputs: Outputs, y: Array, state: State) -> Doubles:
        """The proper score of each row [rows], lower is better: choices are made on its mean."""

    def metric(self, name: str, state: State, decision: State | None = None) -> Metric:
        """The metric of that name, e.g. `roc_auc`, `recall[bad]`; those on decisions follow the decision rule."""

    def shown(self, state: State, decision: State | None) -> tuple[str, ...]:
        """The metrics of the report's score table, the most telling first; the first is the target's main one."""


@dataclass(frozen=True)
class Metric:
    """A number about outputs.

    Args:
        name: As a goal writes it.
        compute: (outputs, y, weight [rows] or None) -> number, NaN where it is not defined (one class only); with a
            weight [resamples, rows] it answers an array [resamples] in one pass.
        better: Which way is better.
        bounds: Smallest and largest possible value.
        exact: "rate" when it is a share of independent rows, so that binomial intervals apply; else "".
        trials: (outputs, y) -> how many rows the number rests on (a rate is a share of them); None: all.
        noise: (outputs, y) -> how far from its best value the number lies by chance alone, when the truth is perfect;
            for distances such as `ece`, which cannot be 0 on few rows. The interval's better end allows for it.
    """

    name: str
    compute: Callable[[Outputs, Array, Array | None], Any]
    better: Literal["higher", "lower"]
    bounds: tuple[float, float]
    exact: Literal["rate", ""] = ""
    trials: Callable[[Outputs, Array], int] | None = None
    noise: Callable[[Outputs, Array], float] | None = None


# ------------------------------------------------------------------- methods
@dataclass(frozen=True)
class MethodInfo:
    """What is known of a method before it is loaded.

    Args:
        title: English and Chinese.
        rung: Place on the ladder, lower is simpler; the ladder is climbed in this order.
        view: The view it takes: `raw`, `dense`, `texts`, or `scores` (those of the candidates below it, side by side).
        needs: Python modules it imports; where one is absent, the rung is skipped and says so.
        extra: The extra that installs them.
        unit: What one unit of work is: ("round", "轮"); a method without units has work 1.
        automatic: Whether `auto` climbs it; else it has to be asked for, by name or by its options.
        wants: What the data must have for it: `texts`, a text column; `encoder`, one that names an encoder; `vectors`,
            one that names a pre-trained encoder.
        usual: Units after which it has usually stopped early, or learnt nearly all; None: all that its options ask for.
        ships: Whether a bundle can hold it; else it is measured on the ladder, and never chosen.
        learns: Whether it learns from labelled rows; else the `labels` of its options tell it the classes.
    """

    title: tuple[str, str]
    rung: int
    view: Literal["raw", "dense", "texts", "scores"]
    needs: tuple[str, ...]
    extra: str
    unit: tuple[str, str]
    automatic: bool = True
    usual: int | None = None
    wants: Literal["", "texts", "encoder", "vectors"] = ""
    ships: bool = True
    learns: bool = True


@dataclass(frozen=True)
class Problem:
    """All that a method learns from in one fold. `y` is the task's `encode`d target; rows without a target are gone.

    Weights say how much a row counts, float32 [rows], 1 on average over the training rows. Training rows of one unit,
    int64 [rows], are never on both sides of a division that a method makes among them; None: each is by itself.
    For view `scores` x is [rows, members * width], member by member, and both x and x_valid are the held-out rows.
    For view `texts` x is the matrix, and the texts of the same rows stand beside it; `columns` tells of them.
    A method may keep what is half done in the folder `halfway`, and goes on from what it finds there: the next call
    for the same work has the same folder, whatever ended the last one. None: nowhere.
    """

    task: str
    state: State
    width: int
    features: tuple[Feature, ...]
    x: Floats
    y: Array
    weight: Floats
    x_valid: Floats
    y_valid: Array
    weight_valid: Floats
    seed: int
    threads: int
    units: NDArray[np.int64] | None = None
    texts: Texts = field(default_factory=dict)
    texts_valid: Texts = field(default_factory=dict)
    columns: tuple[TextColumn, ...] = ()
    halfway: Path | None = None


class Watch(Protocol):
    """How long work tells where it is, and is told to stop."""

    def step(self, done: int, total: int, **values: float) -> bool:
        """Report progress and, e.g., loss values (they become curves). False: time is up, keep the best so far."""


class MethodOptions(Protocol):
    """methods/<name>/options.py: light."""

    INFO: MethodInfo
    SPACE: Space  # () where there is nothing to search
    Options: type[Any]  # pydantic model of `train: {<name>: {...}}`

    def work(self, options: Any) -> int:
        """The most units of work these options ask for."""

    def cost(self, rows: int, features: int, options: Any) -> tuple[float, int]:
        """Rough seconds on one processor and bytes of memory for all of that work, before anything is measured."""


class MethodFit(Protocol):
    """methods/<name>/fit.py."""

    def probe(self, problem: Problem, options: Any) -> float:
        """CPU-independent estimate of the seconds that one unit of work takes in one fold, measured once, in <= 2 s."""

    def fit(self, problems: Sequence[Problem], options: Any, work: int, folders: Sequence[Path], watch: Watch) -> State:
        """Learn each fold with at most `work` units and write its checkpoint into its folder (no pickle).

        The folds go in step: how many units count is one choice for all of them, made on the mean of their held-out
        losses, so that no fold picks the moment that flatters its own held-out rows. One fold is the usual hold-out.

        The report is plain data without times: `done` units of work, the `best` of them, whose models are kept,
        `curves` as a list of {"step", "train_loss", "valid_loss", ...}, means over the folds, and `notes`, pairs of
        message key and values.
        """


class Predictor(Protocol):
    """A loaded checkpoint."""

    def scores(self, x: Any) -> Array:
        """The view of the method, a matrix [rows, features] or `Mixed` -> float32 or float64 [rows, width]."""


class MethodLoad(Protocol):
    """methods/<name>/load.py."""

    def load(self, folder: Path) -> Predictor:
        """Checkpoint -> Predictor."""


class MethodLeave(Protocol):
    """methods/<name>/leave.py, where a model can be read by other programs."""

    def leave(self, folders: Sequence[Path], features: Sequence[Feature], to: Path) -> None:
        """Write the mean of the folds' models into the folder `to`, in the form of the library that made them."""


class MethodExport(Protocol):
    """methods/<name>/export.py: the ONNX twin of the mean of the folds' Predictors."""

    def export(self, graph: Any, folders: Sequence[Path], view: str) -> str:
        """Add nodes that turn the tensor `view` into scores, float32 or double [rows, width]; returns their name.

        What is made of texts outside the graph is declared with `graph.feed(core.feeds.Feed)`, the files that this
        needs with `graph.file(content, ending)`; see `fragments.graph.Graph`.
        """
