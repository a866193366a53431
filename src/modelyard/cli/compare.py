"""`modelyard compare`: what is told of two bundles, and of the settings of the runs that made them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelyard.cli.console import table
from modelyard.core.messages import text
from modelyard.core.number import Number, figure, interval_words
from modelyard.core.runs import RECORD
from modelyard.evaluate.compare import SIDES, Compared, Comparison, Gap
from modelyard.evaluate.words import metric_title


def lines(comparison: Comparison, folders: tuple[Path, Path]) -> Iterator[str]:
    """What the command prints."""
    for target in comparison.targets:
        rows, source = f"{target.rows:,}", comparison.source
        yield text("compare.heading", target=target.name, rows=rows, source=source)
        head = [text("compare.metric"), *SIDES, text("compare.difference"), ""]
        yield table(head, [_gap_row(gap) for gap in target.gaps])
        yield _turned(target)
        yield ""
    yield table([text("compare.costs"), *SIDES], _cost_rows(comparison))
    settings = _settings(folders)
    if settings:
        yield ""
        yield table([text("compare.settings"), *SIDES], settings)


def _gap_row(gap: Gap) -> list[str]:
    difference = interval_words(gap.difference, signed=True)
    standing = text(f"compare.{gap.standing}")
    return [metric_title(gap.metric), figure(gap.one.value), figure(gap.other.value), difference, standing]


def _turned(target: Compared) -> str:
    """In points: hundredths of all rows."""
    ends = [None if end is None else 100 * end for end in (target.net.value, target.net.low, target.net.high)]
    net = interval_words(Number(ends[0], ends[1], ends[2]), signed=True)
    is_number = not any(gap.metric == "accuracy" or gap.metric.startswith("f1") for gap in target.gaps)
    key = "compare.turned_numbers" if is_number else "compare.turned"
    return text(key, fixed=f"{target.fixed:,}", broken=f"{target.broken:,}", net=net, rows=f"{target.rows:,}")


def _cost_rows(comparison: Comparison) -> list[list[str]]:
    rows = (
        ("report.latency_p50", "milliseconds", [cost.latency_p50_ms for cost in comparison.costs]),
        ("report.latency_p99", "milliseconds", [cost.latency_p99_ms for cost in comparison.costs]),
        ("report.bundle_size", "megabytes", [cost.bundle_mb for cost in comparison.costs]),
    )
    return [[text(name), *(_with_unit(unit, number) for number in numbers)] for name, unit, numbers in rows]


def _with_unit(unit: str, number: Number) -> str:
    value = replace(number, low=None, high=None).value
    return figure(None) if value is None else text(f"report.{unit}", n=f"{value:.3g}")


def _settings(folders: tuple[Path, Path]) -> list[list[str]]:
    """Settings in which the runs differ that made the bundles; nothing where one of them lies in no run."""
    files = [folder.parent / RECORD for folder in folders]
    if not all(file.is_file() for file in files):
        return []
    one, other = (_flat(json.loads(file.read_text("utf-8")).get("settings", {})) for file in files)
    names = [name for name in dict.fromkeys([*one, *other]) if one.get(name) != other.get(name)]
    return [[name, one.get(name, "-"), other.get(name, "-")] for name in names]


def _flat(settings: Any, path: str = "") -> dict[str, str]:
    if not isinstance(settings, dict):
        return {path: json.dumps(settings, ensure_ascii=False)}
    return {
        key: value
        for name, inner in settings.items()
        for key, value in _flat(inner, f"{path}.{name}" if path else name).items()
    }
