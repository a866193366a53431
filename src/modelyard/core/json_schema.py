"""JSON Schema of the project file, for editors: short forms and every plug-in's options included."""

from __future__ import annotations

from typing import Any

from modelyard.core import meaning, plugins
from modelyard.core.project import FILE, Track, file_model


def json_schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors: short forms and every plug-in's options included."""
    schema: dict[str, Any] = file_model().model_json_schema()
    properties, parts = schema["properties"], schema["$defs"]
    words = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    properties["data"] = {"anyOf": [*words["anyOf"], properties["data"]]}
    properties["goals"] = {**properties["goals"], **words}
    del properties["goals"]["type"], properties["goals"]["items"]
    entry = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Predict"}]}
    properties["predict"] = {"anyOf": [*entry["anyOf"], {"type": "array", "items": entry, "minItems": 1}]}
    properties["track"] = {"anyOf": [{"type": "string", "enum": [*Track.model_fields]}, properties["track"]]}
    kinds = {"type": "string", "enum": list(plugins.names("modalities"))}
    specs = properties["columns"]
    specs["additionalProperties"] = {"anyOf": [kinds, specs["additionalProperties"], {"type": "null"}]}
    _narrow(parts["ColumnSpec"], "type", kinds)
    _narrow(parts["Predict"], "task", {"type": "string", "enum": list(plugins.names("tasks"))})
    methods = list(plugins.names("methods"))
    own = {"type": "string", "pattern": r"\.py$"}
    listed = {"type": "array", "items": {"anyOf": [{"enum": methods}, own]}, "minItems": 1, "uniqueItems": True}
    _narrow(parts["Train"], "method", {"anyOf": [{"enum": [meaning.AUTO, *methods]}, own, listed]})
    _narrow(parts["Train"], "time_budget", {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string"}]})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": FILE}


def _narrow(part: dict[str, Any], key: str, form: dict[str, Any]) -> None:
    """What a key takes; kept are its title, its description, and its default if it has one."""
    before = part["properties"][key]
    kept = {word: before[word] for word in ("title", "description", "default") if before.get(word) is not None}
    part["properties"][key] = {**form, **kept}
