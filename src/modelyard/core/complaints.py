"""pydantic's errors -> sentences that a user can act on, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from modelyard.core import plugins
from modelyard.core.errors import Mistake
from modelyard.core.messages import text
from modelyard.core.source import Keys, Source, shown

# Words of other tools -> the keys that may be meant here; of these, one that fits the place is offered.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "target": ("predict.column", "predict"), "targets": ("predict.columns", "predict"),
    "label": ("predict.column", "predict"), "labels": ("predict.columns", "predict"),
    "y": ("predict.column", "predict"), "output": ("predict",), "outputs": ("predict",),
    "output_features": ("predict",), "response": ("predict",), "name": ("predict.column",),
    "dataset": ("data",), "train_data": ("data",), "input": ("data",), "x": ("data",),
    "path": ("source",), "file": ("source",), "files": ("source",), "url": ("source",),
    "validation": ("valid",), "val": ("valid",), "dev": ("valid",),
    "test_size": ("split.test",), "test_share": ("split.test",), "validation_size": ("split.valid",),
    "features": ("columns",), "input_features": ("columns",), "schema": ("columns",),
    "dtype": ("columns.<name>.type",), "kind": ("columns.<name>.type",), "modality": ("columns.<name>.type",),
    "problem_type": ("task",), "objective": ("task",), "pos_label": ("positive",), "positive_class": ("positive",),
    "metric": ("goals",), "metrics": ("goals",), "goal": ("goals",), "thresholds": ("goals",),
    "model": ("train.method",), "models": ("train.method",), "model_type": ("train.method",),
    "algorithm": ("train.method",), "estimator": ("train.method",), "fit": ("train",), "trainer": ("train",),
    "training": ("train",), "time_limit": ("time_budget",), "budget": ("time_budget",), "timeout": ("time_budget",),
    "max_time": ("time_budget",), "random_state": ("seed",), "random_seed": ("seed",),
    "n_jobs": ("threads",), "num_threads": ("threads",), "workers": ("threads",),
    "max_epochs": ("epochs",), "num_epochs": ("epochs",), "lr": ("learning_rate",), "eta": ("learning_rate",),
    "n_estimators": ("rounds",), "num_boost_round": ("rounds",), "num_iterations": ("rounds",),
    "early_stopping_rounds": ("patience",), "hidden_layers": ("layers",), "num_layers": ("layers",),
    "hidden_size": ("widths",), "units": ("widths",), "wd": ("weight_decay",), "bs": ("batch_size",),
    "language": ("lang",), "locale": ("lang",), "eval": ("evaluate",), "evaluation": ("evaluate",),
}  # fmt: skip
_COMPARISONS = {
    "greater_than": (">", "gt"),
    "greater_than_equal": (">=", "ge"),
    "less_than": ("<", "lt"),
    "less_than_equal": ("<=", "le"),
}
_COUNTS = {"too_short": (">=", "min_length"), "too_long": ("<=", "max_length")}
_KINDS = {
    "int_type": "int", "float_type": "float", "finite_number": "float", "bool_type": "bool", "string_type": "string",
    "list_type": "list", "tuple_type": "list", "set_type": "list", "dict_type": "mapping", "model_type": "mapping",
}  # fmt: skip
_EMPTY: dict[str, type] = {"model_type": dict, "dict_type": dict, "list_type": list, "tuple_type": list}
_ANY_NAME = "<name>"
_MOST_PLACES = 3


def complaints(
    error: ValidationError, source: Source, values: Any, model: type[BaseModel], under: Keys = ()
) -> dict[Keys, Mistake | None]:
    """One mistake per faulty place; None where another one explains it: `target: y` is why `predict` is not there.

    Args:
        error: What pydantic says.
        source: Where the values were written.
        values: What pydantic was given.
        model: What they were held against.
        under: Where in the file these values stand.
    """
    grouped: dict[Keys, list[dict[str, Any]]] = {}
    for item in error.errors():
        grouped.setdefault(_keys(item["loc"], values, item["type"]), []).append(dict(item))
    # A value that may be a number or a list: when an item of the list is at fault, the list itself is not.
    outer = {keys for keys in grouped if any(other[: len(keys)] == keys and other != keys for other in grouped)}
    meant = {(*keys[:-1], word) for keys, items in grouped.items() for word in _meant(items[0], keys)}
    return {
        under + keys: None if keys in meant else _mistake(items, keys, source, model, under)
        for keys, items in grouped.items()
        if keys not in outer
    }


def amend(error: ValidationError, source: Source, values: Any) -> bool:
    """Mend in place what only looks wrong: a number or `true` where text is wanted is the text that was spelt,
    1e3 is a whole number, and an empty section says nothing.

    Returns:
        Whether anything was mended.
    """
    mended = False
    for item in error.errors():
        keys, got = _keys(item["loc"], values, item["type"]), item["input"]
        if item["type"] == "string_type" and isinstance(got, bool | int | float):
            right: Any = source.spelling(keys)
        elif item["type"] == "int_type" and isinstance(got, float) and got.is_integer():
            right = int(got)
        elif got is None and item["type"] in _EMPTY:
            right = _EMPTY[item["type"]]()
        else:
            continue
        inside = values
        for key in keys[:-1]:
            inside = inside[key]
        inside[keys[-1]], mended = right, True
    return mended


def _mistake(items: list[dict[str, Any]], keys: Keys, source: Source, model: type[BaseModel], under: Keys) -> Mistake:
    place, item = source.place(*under, *keys), items[0]
    if item["type"] == "extra_forbidden":
        return _unknown_key(place, keys, model)
    if item["type"] == "missing":
        fix = text("project.fix_two_lines") if not under and keys[0] in ("data", "predict") else ""
        got, expected = text("project.key_missing", key=keys[-1]), text("project.expected_key", key=keys[-1])
        return Mistake(place, got, expected, fix)
    choices = list(_choices(model, keys))
    expected = text("project.or").join(dict.fromkeys(_expected(each, choices) for each in items))
    return Mistake(place, shown(item["input"]), expected, _fix(item, keys, choices))


def _expected(item: dict[str, Any], choices: list[str]) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return text("project.expected_one_of", names=", ".join(choices))
    if kind in _COMPARISONS:
        sign, limit = _COMPARISONS[kind]
        return text("project.expected_number_that", rule=f"{sign} {context[limit]}")
    if kind in _COUNTS:
        sign, limit = _COUNTS[kind]
        return text("project.expected_count", rule=f"{sign} {context[limit]}")
    return text("project.expected_" + _KINDS.get(kind, "other"))


def _fix(item: dict[str, Any], keys: Keys, choices: list[str]) -> str:
    if item["type"] != "literal_error":
        return ""
    if keys == ("version",):
        return text("project.fix_version")
    if keys[-1] == "role" and item["input"] == "target":
        return text("project.fix_role_target")
    return plugins.nearest(str(item["input"]), choices)


def _choices(annotation: Any, keys: Keys) -> Iterator[str]:
    """The words that may stand at a place of a model: of `Literal["a", "b"] | float`, a and b."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        yield from (map(str, inside) if not keys else ())
    elif origin is Annotated:
        yield from _choices(inside[0], keys)
    elif origin in (Union, UnionType):
        for inner in inside:
            yield from _choices(inner, keys)
    elif keys and origin in (dict, list, tuple):
        yield from _choices(inside[origin is dict], keys[1:])
    elif keys and keys[0] in getattr(annotation, "model_fields", {}):
        yield from _choices(annotation.model_fields[keys[0]].annotation, keys[1:])


def _unknown_key(place: str, keys: Keys, model: type[BaseModel]) -> Mistake:
    key, known = str(keys[-1]), key_places(model)
    where = _place(keys[:-1], known)
    valid = known[where]
    fix = _synonym(key, where, known) or plugins.nearest(key, valid) or _elsewhere(key, known)
    return Mistake(
        place, text("project.unknown_key", key=key), text("project.expected_one_of", names=", ".join(valid)), fix
    )


def _meant(item: dict[str, Any], keys: Keys) -> tuple[str, ...]:
    """What an unknown key may stand for."""
    return SYNONYMS.get(str(keys[-1]).lower(), ()) if item["type"] == "extra_forbidden" else ()


def _synonym(key: str, where: str, known: dict[str, tuple[str, ...]]) -> str:
    """The word of another tool: what it is called at this place, or where it stands."""
    meant = [place for suffix in SYNONYMS.get(key.lower(), ()) for place in _ending_in(suffix, known)]
    here = [place for place in meant if place.rpartition(".")[0] == where]
    if here:
        return text("project.fix_synonym", word=here[0].rpartition(".")[2])
    inside = [place for place in meant if not where or place.startswith(f"{where}.")] or meant
    return text("project.fix_moved", places=" / ".join(inside[:_MOST_PLACES])) if inside else ""


def _elsewhere(key: str, known: dict[str, tuple[str, ...]]) -> str:
    """A key that is right, but not here."""
    places = _ending_in(key, known)
    return text("project.fix_moved", places=" / ".join(places[:_MOST_PLACES])) if places else ""


def _ending_in(suffix: str, known: dict[str, tuple[str, ...]]) -> list[str]:
    places = [f"{where}.{key}" if where else key for where, keys in known.items() for key in keys]
    return [place for place in places if place == suffix or place.endswith(f".{suffix}")]


@cache
def key_places(model: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Every place of the file that holds keys, and which: {"": ("data", ...), "train": ("method", ...), ...}."""
    places = {"": tuple(model.model_fields)}
    for name, field in model.model_fields.items():
        inner, is_named = inner_model(field.annotation)
        if inner is None:
            continue
        start = f"{name}.{_ANY_NAME}" if is_named else name
        for where, keys in key_places(inner).items():
            places[f"{start}.{where}" if where else start] = keys
    return places


def inner_model(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model inside `Model | None`, `tuple[Model, ...]` or `dict[str, Model]`, and whether names stand before it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for inner in get_args(annotation):
        found, is_named = inner_model(inner)
        if found is not None:
            return found, is_named or get_origin(annotation) is dict
    return None, False


def _place(keys: Keys, known: dict[str, tuple[str, ...]]) -> str:
    """("columns", "age") -> "columns.<name>", ("predict", 0) -> "predict"."""
    where = ""
    for key in keys:
        if isinstance(key, str):
            inside = f"{where}.{key}" if where else key
            where = next((place for place in (inside, f"{where}.{_ANY_NAME}") if _is_place(place, known)), where)
    return where


def _is_place(place: str, known: dict[str, tuple[str, ...]]) -> bool:
    return any(other == place or other.startswith(f"{place}.") for other in known)


def _keys(location: Keys, values: Any, kind: str) -> Keys:
    """pydantic's location without the names of union branches, which are no keys of the file."""
    keys: list[str | int] = []
    for step in location:
        if isinstance(values, dict) and (step in values or kind == "missing"):
            keys.append(step)
            values = values.get(step)
        elif isinstance(values, list) and isinstance(step, int):
            keys.append(step)
            values = values[step]
    return tuple(keys)
