"""What types cannot see in a project: names of plug-ins, options of another plug-in, and what contradicts itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from modelyard.core import goal_checks, local, planning, plugins
from modelyard.core import goals as goal_language
from modelyard.core.addresses import is_variable, shows_password, without_password
from modelyard.core.complaints import complaints
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.goals import Goal
from modelyard.core.messages import text
from modelyard.core.schema import ROLES
from modelyard.core.source import Found, Keys, Source

if TYPE_CHECKING:
    from modelyard.core.project import Predict, ProjectFile, Split

AUTO, IMPORT, PROMPT = "auto", "import", "prompt"
_UNREAD = ("key", "group", "split", "known_after_decision", "ignore")  # roles whose cells no modality reads
_SPLIT_ROLES = {"time": "time", "group": "group", "column": "split"}


def doubts(file: ProjectFile, source: Source) -> Iterator[Found]:
    """Every mistake in a file whose values are all of the right type, with the path at fault."""
    yield from _secrets(file, source)
    yield from _targets(file, source)
    yield from _columns(file, source)
    yield from _monotone(file, source)
    yield from _methods(file, source)
    yield from _model(file, source)
    yield from _folds(file, source)
    yield from _split(file, source)
    yield from _shares(file, source)
    yield from _goals(file, source)
    yield from planning.doubts(file.plan, _readable(file), source)


def owners(room: str, option: str) -> tuple[str, ...]:
    """The plug-ins of a room that have an option of this name."""
    return tuple(name for name in plugins.names(room) if option in _options_of(room, name).model_fields)


def ordered() -> tuple[str, ...]:
    """The modalities that an answer can rise or fall with."""
    return tuple(name for name in plugins.names("modalities") if plugins.part("modalities", name, "options").ORDERED)


def trained(file: ProjectFile) -> tuple[str, ...]:
    """The methods that a run may train."""
    named = [file.train.method] if isinstance(file.train.method, str) else file.train.method
    if AUTO not in named:
        return tuple(map(local.name, named))
    return (*automatic(), *(name for name in plugins.names("methods") if _by_options(file, name)))


def _by_options(file: ProjectFile, method: str) -> bool:
    """Whether the file names a method that `auto` does not climb by itself by writing its options."""
    return method not in automatic() and method != IMPORT and method in file.train.model_fields_set


def automatic() -> tuple[str, ...]:
    """The methods that `auto` climbs."""
    return tuple(name for name in plugins.names("methods") if plugins.part("methods", name, "options").INFO.automatic)


def _secrets(file: ProjectFile, source: Source) -> Iterator[Found]:
    """Passwords that stand in an address: the project file and every run would carry them."""
    said: dict[Keys, Any] = {("data", key): getattr(file.data, key) for key in ("source", "valid", "test")}
    if file.track.mlflow is not None:
        said[("track", "mlflow", "uri")] = file.track.mlflow.uri
    said[("train", PROMPT, "endpoint")] = file.train.of(PROMPT).endpoint
    for keys, written in said.items():
        for address in [written] if isinstance(written, str) else written or ():
            if shows_password(address):
                fix = text("project.fix_password", address=without_password(address).replace("***", "${PASSWORD}"))
                expected = text("project.expected_no_password")
                yield keys, Mistake(source.place(*keys), without_password(address), expected, fix)
    key: Keys = ("train", PROMPT, "key")
    if not is_variable(file.train.of(PROMPT).key or "${KEY}"):
        yield key, Mistake(source.place(*key), "***", text("project.expected_no_key"), "key: ${NAME}")


def _targets(file: ProjectFile, source: Source) -> Iterator[Found]:
    if not file.predict:
        yield ("predict",), Mistake(source.place("predict"), "[]", text("project.expected_predict"))
    counted: list[str] = []
    for number, target in enumerate(file.predict):
        keys: Keys = ("predict", number)
        if bool(target.column) == bool(target.columns) or "" in target.columns:
            got, expected = text("project.column_and_columns"), text("project.expected_column_or_columns")
            yield keys, Mistake(source.place(*keys), got, expected)
        yield from _plugin("tasks", target.task, target.options, source, keys, "task")
        for column in target.targets:
            if counted.count(column) == 1:
                got = text("project.target_twice", column=column)
                yield keys, Mistake(source.place(*keys), got, text("project.expected_once"))
            counted.append(column)


def _columns(file: ProjectFile, source: Source) -> Iterator[Found]:
    predicted = {column for target in file.predict for column in target.targets}
    for name, spec in file.columns.items():
        keys: Keys = ("columns", name)
        if spec.type in ROLES:
            got, expected = repr(spec.type), text("project.expected_role", role=spec.type)
            yield (*keys, "type"), Mistake(source.place(*keys, "type"), got, expected)
        else:
            yield from _plugin("modalities", spec.type, spec.options, source, keys, "type")
        if name in predicted and spec.role is not None:
            got = text("project.role_of_target", role=spec.role)
            yield (*keys, "role"), Mistake(source.place(*keys, "role"), got, text("project.expected_no_role"))
        if name in predicted and spec.type is not None:
            got, expected = text("project.type_of_target", type=spec.type), text("project.expected_task", column=name)
            yield (*keys, "type"), Mistake(source.place(*keys, "type"), got, expected)
        if spec.options and (name in predicted or spec.role in _UNREAD):
            option = next(iter(spec.options))
            got = text("project.option_unread", option=option)
            yield (*keys, option), Mistake(source.place(*keys, option), got, text("project.expected_read"))
    for role in ("time", "split", "weight"):
        having = [name for name, spec in file.columns.items() if spec.role == role]
        if len(having) > 1:
            keys = ("columns", having[1], "role")
            got = text("project.role_twice", role=role, columns=", ".join(having))
            yield keys, Mistake(source.place(*keys), got, text("project.expected_role_once"))


def _monotone(file: ProjectFile, source: Source) -> Iterator[Found]:
    """Columns that the answer is to follow, though no model looks at them or they have no order."""
    predicted = {column for target in file.predict for column in target.targets}
    for name, spec in file.columns.items():
        keys: Keys = ("columns", name, "monotone")
        role = "target" if name in predicted else spec.role or "input"
        if spec.monotone and role != "input":
            got = text("project.monotone_role", monotone=spec.monotone, role=role)
            yield keys, Mistake(source.place(*keys), got, text("project.expected_monotone_input"))
        elif spec.monotone and spec.type in set(plugins.names("modalities")) - set(ordered()):
            got = text("project.monotone_type", monotone=spec.monotone, type=spec.type)
            expected = text("project.expected_monotone", types=", ".join(ordered()))
            yield keys, Mistake(source.place(*keys), got, expected)


def _methods(file: ProjectFile, source: Source) -> Iterator[Found]:
    named = file.train.method if isinstance(file.train.method, list) else [file.train.method]
    if not named:
        yield ("train", "method"), Mistake(source.place("train", "method"), "[]", text("project.expected_method"))
    for number, method in enumerate(named):
        keys: Keys = ("train", "method", number) if isinstance(file.train.method, list) else ("train", "method")
        if method == AUTO and len(named) > 1:
            yield keys, Mistake(source.place(*keys), method, text("project.expected_auto_alone"))
        elif method in named[:number]:
            got = text("project.method_twice", method=method)
            yield keys, Mistake(source.place(*keys), got, text("project.expected_once"))
        elif method != AUTO and not local.is_file(method):
            yield from _name("methods", method, source, keys, (AUTO,))
    known, wanted = plugins.names("methods"), trained(file)
    for method in known if set(wanted) <= set(known) else ():
        if method not in wanted and file.train.of(method) != type(file.train.of(method))():
            keys = ("train", method)
            expected = text("project.expected_method_trained", methods=", ".join(wanted), method=method)
            got = text("project.method_not_trained", method=method)
            yield keys, Mistake(source.place(*keys), got, expected)


def _model(file: ProjectFile, source: Source) -> Iterator[Found]:
    """A model to import, and the method that imports it: both or none."""
    keys: Keys = ("train", "model")
    if (file.train.model is not None) != (IMPORT in trained(file)):
        got = text("project.import_alone" if file.train.model is None else "project.model_alone")
        yield keys, Mistake(source.place(*keys), got, text("project.expected_model"))


def _folds(file: ProjectFile, source: Source) -> Iterator[Found]:
    """Repeats of what is never dealt."""
    repeats = file.train.repeats
    if file.train.folds == 1 and repeats not in (AUTO, 1):
        keys: Keys = ("train", "repeats")
        yield keys, Mistake(source.place(*keys), str(repeats), text("project.expected_one_repeat"))


def _split(file: ProjectFile, source: Source) -> Iterator[Found]:
    """How rows are divided, and by which column."""
    split, role = file.data.split, _SPLIT_ROLES.get(file.data.split.by)
    keys: Keys = ("data", "split", "column")
    if role is None and split.column is not None:
        got, expected = split.column, text("project.split_column_unused", by=split.by)
        yield keys, Mistake(source.place(*keys), got, expected)
    having = [name for name, spec in file.columns.items() if role is not None and spec.role == role]
    if role is not None and split.column is None and not having:
        by: Keys = ("data", "split", "by")
        expected = text("project.expected_split_column", role=role)
        yield by, Mistake(source.place(*by), f"by: {split.by}", expected)
    if split.column is not None and having and having != [split.column]:
        got = text("project.role_twice", role=role, columns=", ".join([split.column, *having]))
        yield keys, Mistake(source.place(*keys), got, text("project.expected_role_once"))
    if split.column is not None and any(split.column in target.targets for target in file.predict):
        got = text("project.split_column_predicted", column=split.column)
        yield keys, Mistake(source.place(*keys), got, text("project.expected_split_other"))


def _shares(file: ProjectFile, source: Source) -> Iterator[Found]:
    """Shares of rows beside files of their own."""
    data, split = file.data, file.data.split
    plain: Split = type(split)()
    given = {name: path for name, path in (("valid", data.valid), ("test", data.test)) if path}
    for name, path in given.items():
        if getattr(split, name) != getattr(plain, name):
            keys: Keys = ("data", "split", name)
            got = text("project.share_unused", share=f"{name}: {getattr(split, name)}", file=path)
            yield keys, Mistake(source.place(*keys), got, text("project.expected_share_or_file"))
    if len(given) == 2 and split.by != plain.by:
        keys = ("data", "split", "by")
        got, expected = text("project.split_by_unused", by=split.by), text("project.expected_share_or_file")
        yield keys, Mistake(source.place(*keys), got, expected)
    if not given and split.valid + split.test_share >= 1:
        got = f"valid {split.valid} + test {split.test_share}"
        yield ("data", "split"), Mistake(source.place("data", "split"), got, text("project.expected_shares"))


def _goals(file: ProjectFile, source: Source) -> Iterator[Found]:
    """Goals that are none, and goals about targets or metrics that no task could make right."""
    for number, written in enumerate(file.goals if file.predict else ()):
        keys: Keys = ("goals", number)
        try:
            goal = goal_language.parse(written, source.place(*keys))
            _check(goal, file.predict)
        except ProjectError as error:
            yield from ((keys, mistake) for mistake in error.mistakes)


def _readable(file: ProjectFile) -> tuple[Goal, ...]:
    """The goals that are of the form of one; of the others `_goals` tells."""
    found = []
    for written in file.goals:
        with suppress(ProjectError):
            found.append(goal_language.parse(written, ""))
    return tuple(found)


def _check(goal: Goal, targets: Sequence[Predict]) -> None:
    """Hold a goal against the tasks that are written; where one is still to be inferred, against all that exist."""
    tasks = {target.name: target.task or "" for target in targets}
    known = plugins.names("tasks")
    if set(tasks.values()) <= set(known):
        goal_checks.validate(goal, tasks)
    elif goal.is_of_bundle or (goal.target and goal.target not in tasks):
        goal_checks.validate(goal, dict.fromkeys(tasks, known[0]))
    else:
        metrics = [metric for task in known for metric in plugins.part("tasks", task, "options").METRICS]
        names = list(dict.fromkeys(metric.partition("[")[0].partition("@")[0] for metric in metrics))
        if goal.metric not in names:
            expected = text("project.expected_one_of", names=", ".join([*names, *goal_language.BUNDLE_METRICS]))
            near = plugins.nearest(goal.metric, [*names, *goal_language.BUNDLE_METRICS])
            raise ProjectError(Mistake(goal.place, goal.metric, expected, near))


def _plugin(
    room: str, name: str | None, options: dict[str, Any], source: Source, keys: Keys, key: str
) -> Iterator[Found]:
    """A plug-in that is named at `keys` under `key`, with its options beside the name; both may be absent."""
    if name is None:
        fitting = [
            each for each in plugins.names(room) if options.keys() <= _options_of(room, each).model_fields.keys()
        ]
        if not fitting:
            got = ", ".join(f"{option} ({' / '.join(owners(room, option))})" for option in options)
            yield keys, Mistake(source.place(*keys), got, text("project.options_of_several"))
    elif name not in plugins.names(room):
        yield from _name(room, name, source, (*keys, key))
    else:
        yield from _options(room, name, options, source, keys)


def _name(room: str, name: str, source: Source, keys: Keys, extra: tuple[str, ...] = ()) -> Iterator[Found]:
    valid = (*extra, *plugins.names(room))
    if name not in valid:
        expected = text("project.expected_one_of", names=", ".join(valid))
        yield keys, Mistake(source.place(*keys), repr(name), expected, plugins.nearest(name, valid))


def _options(room: str, name: str, options: dict[str, Any], source: Source, keys: Keys) -> Iterator[Found]:
    model = _options_of(room, name)
    for option in [option for option in options if option not in model.model_fields]:
        place, owner = source.place(*keys, option), ", ".join(owners(room, option))
        expected = text("project.option_of_other", owner=owner, name=name)
        yield (*keys, option), Mistake(place, option, expected)
    own = {option: value for option, value in options.items() if option in model.model_fields}
    try:
        model.model_validate_json(json.dumps(own), strict=True)
    except ValidationError as error:
        found = complaints(error, source, own, model, keys)
        yield from ((place, mistake) for place, mistake in found.items() if mistake)


def _options_of(room: str, name: str) -> Any:
    return plugins.part(room, name, "options").Options
