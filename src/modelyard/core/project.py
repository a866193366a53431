"""The user's file `modelyard.yaml`: its shape, its defaults, and every mistake in it at once.

    project = load("demo")                        # a folder or a file
    project = from_values({"data": "a.csv", "predict": "y"}, folder=Path.cwd())

Options of methods, modalities and tasks stand beside their code, in each plug-in's `options.py`; the models
below are completed with them here, so that the file is validated whole and the JSON Schema knows them all.
"""

from __future__ import annotations

import codecs
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from unicodedata import normalize

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from modelyard.core import goal_checks, local, meaning, plugins
from modelyard.core import goals as goal_language
from modelyard.core.complaints import amend, complaints
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.layers import EXTENDS, change, extended
from modelyard.core.messages import text
from modelyard.core.planning import PlanSpec
from modelyard.core.source import Found, Keys, Source, dump, from_plain, read_source

FILE = "modelyard.yaml"
UNITS = {
    **dict.fromkeys(("s", "sec", "second", "秒", "秒钟"), 1),
    **dict.fromkeys(("m", "min", "minute", "分", "分钟"), 60),
    **dict.fromkeys(("h", "hr", "hour", "时", "小时", "个小时"), 3600),
    **dict.fromkeys(("d", "day", "天"), 86400),
}
_ROLE = Literal["input", "key", "time", "group", "split", "weight", "protected", "known_after_decision", "ignore"]


def seconds(value: Any) -> Any:
    """`5 min`, `90 s`, `2 h`, `5 分钟` or a number of seconds -> seconds."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*|[\u4e00-\u9fff]*)", normalize("NFKC", value).strip().lower())
    unit = found[2] or "s" if found else ""
    size = UNITS.get(unit) or (UNITS.get(unit.removesuffix("s")) if len(unit) > 2 else None)
    if found is None or size is None:
        raise ValueError(text("project.expected_duration"))
    return float(found[1]) * size


def known_encoding(value: str) -> str:
    """The name of an encoding that Python knows."""
    try:
        return codecs.lookup(value).name
    except LookupError:
        raise ValueError(text("project.expected_encoding")) from None


def one_character(value: str) -> str:
    """One character; those that cannot be seen by their names."""
    found = {"tab": "\t", "\\t": "\t", "space": " "}.get(value.lower(), value)
    if len(found) != 1 or found in '\r\n"':
        raise ValueError(text("project.expected_separator"))
    return found


class Strict(BaseModel):
    """No unknown keys, no infinities, no changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Split(Strict):
    """How rows are divided into train, valid and test."""

    by: Literal["auto", "random", "time", "group", "column"] = Field(
        "auto", description="auto: by given files, a split column, a group or a time role, else random"
    )
    column: str | None = Field(None, description="the column that `by` speaks of")
    valid: float = Field(0.15, gt=0, lt=1, description="share of rows on which choices are made")
    test: Literal["auto"] | Annotated[float, Field(gt=0, lt=1)] = Field(
        "auto", description="share of rows that is scored once, at the end; auto: 0.2, or folds where rows are few"
    )

    @property
    def test_share(self) -> float:
        """The share that is meant."""
        return 0.2 if self.test == "auto" else self.test


class Data(Strict):
    """Where the rows come from."""

    source: str | list[str] | None = Field(
        None, description="a path, a glob, a folder, any fsspec URL, or the URL of a database with ${SECRETS}"
    )
    query: str | None = Field(None, description="of a database: a SELECT, or the name of a table")
    valid: str | None = Field(None, description="a file of its own for the validation rows")
    test: str | None = Field(None, description="a file of its own for the test rows")
    split: Split = Split()
    sheet: str | None = Field(None, description="sheet of an Excel file; the one with the largest table by default")
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = Field(
        None, description="of text files, e.g. gb18030; found out by default"
    )
    separator: Annotated[str, AfterValidator(one_character)] | None = Field(
        None, description="between the cells of text files: one character, tab or space; found out by default"
    )
    quote: Literal['"', "'", "none"] | None = Field(
        None, description="around cells that hold a separator; none: quotes are part of the text; found out by default"
    )
    header: Literal["none"] | int | list[int] | None = Field(
        None, description="line of the column names, or several, counted from 1, or none; found out by default"
    )
    totals: bool = Field(False, description="keep lines that only sum up or explain others (合计, Total, Source: …)")

    @property
    def layout(self) -> dict[str, Any]:
        """What is said of how text files are laid out: holds for files that come later, too."""
        said = {key: getattr(self, key) for key in ("encoding", "separator", "quote", "header")}
        return {key: value for key, value in {**said, "totals": self.totals or None}.items() if value is not None}


class ColumnSpec(Strict):
    """What inference gets wrong about a column, and its role."""

    type: str | None = Field(None, description="the modality")
    role: _ROLE | None = Field(None, description="what the column is for; an input by default")
    monotone: Literal["up", "down"] | None = Field(
        None, description="the answer may only rise (up) or only fall (down) with this column"
    )

    @property
    def options(self) -> dict[str, Any]:
        """The modality options that were written."""
        return _written(self, ColumnSpec)


class Predict(Strict):
    """One target."""

    column: str | None = Field(None, description="the column to predict")
    columns: tuple[str, ...] = Field((), description="several columns that are predicted together, e.g. labels")
    task: str | None = Field(None, description="inferred from the column by default")

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns of this target."""
        return (self.column,) if self.column is not None else self.columns

    @property
    def name(self) -> str:
        """How reports and answers call the target."""
        return "+".join(self.targets)

    @property
    def options(self) -> dict[str, Any]:
        """The task options that were written."""
        return _written(self, Predict)


class Search(Strict):
    """Looking for better options of the methods than their defaults."""

    trials: int = Field(0, ge=0, le=10_000, description="the most configurations that are tried; 0: none")


class Train(Strict):
    """How candidates are made."""

    method: str | list[str] = Field("auto", description="auto climbs the ladder; or one method, or a list of them")
    model: str | None = Field(
        None,
        description="of the method import: a LightGBM text model, an ONNX file, a folder of a Hugging Face classifier",
    )
    time_budget: Annotated[float, BeforeValidator(seconds), Field(gt=0)] = Field(
        300.0, description="ceiling for the whole run in seconds, or with a unit: 5 min"
    )
    seed: int = Field(0, ge=0, lt=2**31, description="another seed gives another split and other models")
    threads: int = Field(0, ge=0, le=256, description="processor threads; 0: as many as this process may use")
    folds: Literal["auto"] | Annotated[int, Field(ge=1, le=20)] = Field(
        "auto", description="models per method, each without a part of the rows; 1: one, chosen on the valid part"
    )
    repeats: Literal["auto"] | Annotated[int, Field(ge=1, le=20)] = Field(
        "auto",
        description="how often rows are dealt into folds anew; auto: 1, or 2 to 5 where reports rest on them",
    )

    class_weight: Literal["none", "balanced"] = Field(
        "none", description="balanced: rare classes count as much as frequent ones while learning; calibrated back"
    )
    search: Search = Search()

    def of(self, method: str) -> Any:
        """The options of a method, defaults filled in."""
        if plugins.local_digest("methods", method):
            return plugins.part("methods", method, "options").Options()
        return getattr(self, method)


class Evaluate(Strict):
    """What the report looks at."""

    slices: list[str] = Field([], description="columns whose values are reported apart; chosen by rule when empty")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="of every interval in the report")
    coverage: float = Field(0.9, gt=0.5, lt=1, description="of prediction intervals, and of `certain` answers")


class Mlflow(Strict):
    """Where MLflow keeps runs."""

    uri: str = Field(
        "sqlite:///mlruns.db", description="of a tracking store or server; ${NAME} is taken from the environment"
    )
    experiment: str | None = Field(None, description="the project's name by default")


class Track(Strict):
    """Who else is told of a finished run."""

    mlflow: Mlflow | None = Field(None, description="an MLflow experiment")


class ProjectFile(Strict):
    """The file as a whole."""

    version: Literal[1] = Field(1, description="of this file's form")
    extends: str | None = Field(None, description="a project file that says what this one does not; by sections")
    name: str = Field("", description="name of the product; the folder's name by default")
    data: Data
    predict: tuple[Predict, ...]
    goals: list[str] = Field([], description="e.g. roc_auc >= 0.8, recall[bad] >= 90%, latency_p99_ms <= 5")
    columns: dict[str, ColumnSpec] = Field({}, description="what inference gets wrong, and roles")
    train: Train = Train()
    evaluate: Evaluate = Evaluate()
    track: Track = Track()
    plan: PlanSpec | None = Field(None, description="what only you know of a plan: prices, people, dates, work")
    lang: Literal["en", "zh"] | None = Field(None, description="language of reports; the locale's by default")


class Project:
    """A validated project: the file's content, where it stands, and how to name places in it.

    Attributes:
        file: The validated content, every default filled in.
        folder: The project's folder [absolute]; relative paths start there, `.modelyard/` lies there.
        goals: The parsed goals.
        start: What `modelyard run` is given to run it from its folder; empty when no command line could.
    """

    def __init__(self, file: Any, source: Source, folder: Path) -> None:
        self.file = file
        self.folder = folder
        self._source = source
        self.name: str = file.name or folder.name or "project"
        self.data: Data = file.data
        self.predict: tuple[Predict, ...] = file.predict
        self.columns: dict[str, ColumnSpec] = file.columns
        self.train: Train = file.train
        self.evaluate: Evaluate = file.evaluate
        self.track: Track = file.track
        self.lang: str | None = file.lang
        self.start = ""
        self.goals = tuple(
            goal_language.parse(goal, self.place("goals", number)) for number, goal in enumerate(file.goals)
        )

    @property
    def origins(self) -> tuple[str, ...]:
        """What adds to the file or changes it: files that it extends, and `--set train.seed`."""
        return tuple(dict.fromkeys(self._source.origins.values()))

    @cached_property
    def digests(self) -> dict[str, str]:
        """Files that training reads besides the data -> sha256."""
        return local.digests(self.train, self.folder)

    def place(self, *keys: str | int) -> str:
        """Where a key stands: `modelyard.yaml line 4, train.method`."""
        return self._source.place(*keys)

    def complaints(self, error: ValidationError, values: Any, model: type[BaseModel], under: Keys) -> list[Mistake]:
        """What pydantic says of values that stand in the file under some keys, as mistakes."""
        found = complaints(error, self._source, values, model, under)
        return [mistake for mistake in found.values() if mistake is not None]

    def validated_goals(self, tasks: Mapping[str, str]) -> tuple[goal_language.Goal, ...]:
        """The goals, each with its target, held against the tasks that the data turned out to have.

        Args:
            tasks: Name of each target -> name of its task.

        Raises:
            ProjectError: All goals that do not fit, at once.
        """
        fitting: list[goal_language.Goal] = []
        mistakes: list[Mistake] = []
        for goal in self.goals:
            try:
                fitting.append(goal_checks.validate(goal, tasks))
            except ProjectError as error:
                mistakes += error.mistakes
        if mistakes:
            raise ProjectError(mistakes)
        return tuple(fitting)

    def filled(self) -> str:
        """The file with every default filled in, as YAML that says the same when it is read again."""
        values = self.file.model_dump(mode="json", exclude={EXTENDS})  # what it said is filled in
        if not self.file.name:
            del values["name"]  # it is that of the folder, wherever that is read again
        for spec in [*values["predict"], *values["columns"].values()]:  # options of other tasks and modalities
            for key in [key for key, value in spec.items() if value in (None, [])]:
                del spec[key]
        for method in set(plugins.names("methods")) - set(meaning.trained(self.file)):
            del values["train"][method]
        return dump(values)


def load(path: str | Path, values: Mapping[str, Any] | None = None, changes: Sequence[str] = ()) -> Project:
    """Read and validate a project.

    Args:
        path: A project folder, or its file.
        values: Top-level keys that take the place of what the file says, as Python values.
        changes: Single values that take the place of what stands anywhere: `train.seed=3`.

    Raises:
        ProjectError: All mistakes in the file, at once, in the order of their lines.
        StorageError: The file cannot be read.
    """
    path = Path(path)
    file = path / FILE if path.is_dir() else path
    source = read_source(file)
    source.replace(values or {})
    source = _layered(source, file.parent.resolve(), (file.resolve(),), changes)
    project = _validated(source, file.parent.resolve(), rows_in_memory=False)
    project.start = _started("." if file.name == FILE else shlex.quote(file.name), changes)
    return project


def from_values(values: Mapping[str, Any], folder: Path, name: str = "", changes: Sequence[str] = ()) -> Project:
    """Validate a project that stands in no file.

    Args:
        values: What the file would hold; `data: {}` when the rows are given in memory.
        folder: The project's folder.
        name: How messages call the place the values come from; "command line" by default.
        changes: As for `load`.

    Raises:
        ProjectError: All mistakes in the values, at once.
    """
    source = from_plain(values, name or text("project.command_line"))
    source = _layered(source, folder.resolve(), (), changes)
    project = _validated(source, folder.resolve(), rows_in_memory=True)
    if isinstance(project.data.source, str) and len(project.predict) == 1 and project.predict[0].column is not None:
        given = shlex.join([project.data.source, "--predict", project.predict[0].column])
        project.start = _started(given, changes)
    return project


@cache
def file_model() -> type[ProjectFile]:
    """`ProjectFile`, completed with the options of every plug-in that this installation has."""
    methods = {name: plugins.part("methods", name, "options").Options for name in plugins.names("methods")}
    fields: dict[str, Any] = {name: (options, options()) for name, options in methods.items()}
    train: Any = create_model("Train", __base__=Train, **fields)
    column: Any = create_model("ColumnSpec", __base__=ColumnSpec, **_optional_fields("modalities"))
    predict: Any = create_model("Predict", __base__=Predict, **_optional_fields("tasks"))
    columns = ProjectFile.model_fields["columns"]
    return create_model(
        "Project",
        __base__=ProjectFile,
        columns=(dict[str, column], columns),
        predict=(tuple[predict, ...], ProjectFile.model_fields["predict"]),
        train=(train, train()),
    )


def _optional_fields(room: str) -> dict[str, Any]:
    """All options of a room's plug-ins as fields that may be absent; of one name, the types of all that have it."""
    kinds: dict[str, Any] = {}
    described: dict[str, str | None] = {}
    for name in plugins.names(room):
        for option, field in plugins.part(room, name, "options").Options.model_fields.items():
            kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
            kinds[option] = kinds[option] | kind if option in kinds else kind
            described.setdefault(option, field.description)
    return {option: (kind | None, Field(None, description=described[option])) for option, kind in kinds.items()}


def _written(spec: BaseModel, known: type[BaseModel]) -> dict[str, Any]:
    """The plug-in options among the keys of a column or a target, in the order of the model."""
    return {
        name: getattr(spec, name)
        for name in type(spec).model_fields
        if name in spec.model_fields_set and name not in known.model_fields and getattr(spec, name) is not None
    }


def _started(first: str, changes: Sequence[str]) -> str:
    return " ".join([first, *(f"--set {shlex.quote(change)}" for change in changes)])


def _layered(source: Source, folder: Path, above: tuple[Path, ...], changes: Sequence[str]) -> Source:
    """The source with what it extends below it, and the changes above."""
    mistakes: list[Mistake] = []
    first = [written for written in changes if written.partition("=")[0].strip() == EXTENDS]
    for written in first:
        change(source, written)
    source = extended(source, folder, above)
    for written in (written for written in changes if written not in first):
        try:
            change(source, written)
        except ProjectError as error:
            mistakes += error.mistakes
    if mistakes:
        raise ProjectError(mistakes)
    return source


def _validated(source: Source, folder: Path, rows_in_memory: bool) -> Project:
    file, faults = _typed(source)
    told = [*source.mistakes, *((keys, fault) for keys, fault in faults.items() if fault)]
    known = [*faults, *(keys for keys, _ in source.mistakes)]
    doubts = [
        *_missing_source(file, source, rows_in_memory),
        *local.doubts(file.train, source, folder),
        *meaning.doubts(file, source),
    ]
    told += [(keys, mistake) for keys, mistake in doubts if not _touches(keys, known)]
    if told:
        raise ProjectError(mistake for _, mistake in sorted(told, key=lambda found: source.line(found[0]) or 0))
    return Project(file, source, folder)


def _typed(source: Source) -> tuple[ProjectFile, dict[Keys, Mistake | None]]:
    """The file with every value of the right type, and the mistakes that were taken out of it."""
    model, values = file_model(), _expand(source.data)
    faults: dict[Keys, Mistake | None] = {}
    while True:
        try:
            return model.model_validate_json(json.dumps(values), strict=True), faults
        except ValidationError as error:
            if amend(error, source, values):
                continue
            found = complaints(error, source, values, model)
            # What is missing inside a section cannot be taken out: when it is told again, the section goes.
            _prune(values, [keys[:1] if keys in faults else keys for keys in found])
            faults |= found


def _missing_source(file: ProjectFile, source: Source, rows_in_memory: bool) -> Iterator[Found]:
    if not file.data.source and not rows_in_memory:
        got, expected = text("project.kind_nothing"), text("project.expected_source")
        yield ("data",), Mistake(source.place("data"), got, expected)


def _expand(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in the long form: a string for `data`, `predict`, a goal, a column; a single target for a list."""
    values: dict[str, Any] = json.loads(json.dumps(data))
    if not isinstance(values.get("data"), dict | None):
        values["data"] = {"source": values["data"]}
    if not isinstance(values.get("goals"), list | dict | None):
        values["goals"] = [values["goals"]]
    if not isinstance(values.get("predict"), list | None):
        values["predict"] = [values["predict"]]
    if isinstance(values.get("predict"), list):
        targets = values["predict"]
        values["predict"] = [target if isinstance(target, dict | None) else {"column": target} for target in targets]
    if isinstance(values.get("track"), str):
        values["track"] = {values["track"]: {}}
    if isinstance(values.get("columns"), dict):
        columns = values["columns"].items()
        values["columns"] = {
            name: spec if isinstance(spec, dict | list | None) else {"type": spec} for name, spec in columns
        }
    return values


def _prune(values: Any, faults: Iterable[Keys]) -> None:
    """Take out what is at fault, so that the rest can be looked at as well; of a list, all of it."""
    for keys in faults:
        last = max((number for number, key in enumerate(keys) if isinstance(key, str)), default=0)
        inside = values
        for key in keys[:last]:
            inside = inside[key]
        inside.pop(keys[last], None)
    values.setdefault("data", {})
    values.setdefault("predict", [])


def _touches(keys: Keys, faults: Iterable[Keys]) -> bool:
    """Whether a doubt is about a place of which a fault is known already."""
    return any(fault[: len(keys)] == keys[: len(fault)] for fault in faults)
