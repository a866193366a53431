"""A finished run, told to MLflow: settings, metrics with their intervals, tags, and the report as artifacts.

MLflow runs in a process of its own: it loads much, opens sockets where a server is named, and whatever it does cannot
cost the run. Its embedded store needs no server: `sqlite:///mlruns.db`, opened with `mlflow ui --backend-store-uri`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from modelyard.core import plugins
from modelyard.core.addresses import Secrets, seen_from
from modelyard.core.errors import DataError
from modelyard.core.messages import text
from modelyard.core.project import Project
from modelyard.core.report import Report
from modelyard.core.runs import Record

NEEDS = ("mlflow", "sqlalchemy", "alembic")
SECONDS = 300
ARTIFACTS = ("report.html", "report.md", "report.json", "card.md", "errors.csv")
FILES = "mlartifacts"
"""Folder for artifacts beside an embedded store."""
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_LOGGING_LEVEL": "ERROR"}
_ODD = re.compile(r"[^/\w.\- :]")  # what names of metrics and parameters may not hold
_LONGEST_NAME, _LONGEST = 250, 5000


def track(project: Project, record: Record, bundle: Path, report: Report) -> str:
    """Tell MLflow of a finished run.

    Args:
        project: Says where.
        record: Of the run.
        bundle: Its folder, with the evidence.
        report: What was measured.

    Returns:
        Why it could not be told, in a sentence without secrets; empty when it was.
    """
    if plugins.missing(NEEDS):
        return text("pipeline.no_mlflow")
    secrets = Secrets()
    try:
        told = told_of(project, record, bundle, report, secrets)
    except DataError as error:
        return "; ".join((error.mistakes[0].got, error.mistakes[0].fix))
    return secrets.hide(_sent(json.dumps(told, ensure_ascii=False)))


def _sent(told: str) -> str:
    """Hand it to the process that has MLflow; what that says at last when it fails."""
    command = [sys.executable, "-m", "modelyard.evaluate.track_mlflow"]
    try:
        done = subprocess.run(
            command,
            input=told,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            env={**os.environ, **QUIET},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return text("pipeline.too_long", seconds=SECONDS)
    except OSError as error:
        return str(error)
    return "" if not done.returncode else (done.stderr.strip().splitlines() or ["?"])[-1]


def told_of(
    project: Project, record: Record, bundle: Path, report: Report, secrets: Secrets | None = None
) -> dict[str, Any]:
    """Everything that MLflow is told, as plain data.

    Args:
        project: Says where.
        record: Of the run.
        bundle: Its folder, with the evidence.
        report: What was measured.
        secrets: Takes the values that are put in for the names of variables.

    Raises:
        DataError: A variable is not set.
    """
    mlflow = project.track.mlflow
    uri = (secrets or Secrets()).fill(mlflow.uri if mlflow else "", "track.mlflow.uri")
    evidence = bundle / "evidence"
    return {
        "uri": _placed(uri, project.folder),
        "experiment": (mlflow.experiment if mlflow else None) or project.name,
        "artifacts": (project.folder / FILES).as_uri() if "://" not in uri or uri.startswith("sqlite:") else None,
        "name": record.id,
        "began": round(1000 * record.began),
        "params": {_name(key): value[:_LONGEST] for key, value in _flat(record.settings).items()},
        "metrics": {_name(key): value for key, value in _metrics(report).items() if value is not None},
        "tags": _tags(record, report),
        "files": [str(evidence / name) for name in ARTIFACTS if (evidence / name).is_file()],
    }


def _placed(uri: str, folder: Path) -> str:
    """A relative path to an SQLite file starts in the project's folder."""
    return seen_from(Path(), uri, folder) if "://" in uri else uri


def _metrics(report: Report) -> dict[str, float | None]:
    """`risk.roc_auc`, with `.low` and `.high`; cost and size."""
    found: dict[str, float | None] = {}
    for target in report.targets:
        for score in target.scores:
            name, number = f"{target.name}.{score.metric}", score.number
            found |= {name: number.value, f"{name}.low": number.low, f"{name}.high": number.high}
    cost = report.cost
    return {
        **found,
        "latency_p50_ms": cost.latency_p50_ms.value,
        "latency_p99_ms": cost.latency_p99_ms.value,
        "bundle_mb": cost.bundle_mb.value,
    }


def _tags(record: Record, report: Report) -> dict[str, str]:
    prints = {f"modelyard.{key}": str(report.about.get(key, "")) for key in ("fingerprint", "test_fingerprint")}
    goals = {f"modelyard.goal.{number}": f"{goal.outcome}: {goal.goal}" for number, goal in enumerate(report.goals)}
    methods = {f"modelyard.method.{_name(target.name)}": target.method for target in report.targets}
    return {"modelyard.bundle": record.bundle, "modelyard.run": record.id, **prints, **methods, **goals}


def _flat(settings: Any, path: str = "") -> dict[str, str]:
    if not isinstance(settings, dict):
        return {path: settings if isinstance(settings, str) else json.dumps(settings, ensure_ascii=False)}
    return {
        key: value
        for name, inner in settings.items()
        for key, value in _flat(inner, f"{path}.{name}" if path else name).items()
    }


def _name(name: str) -> str:
    """A name that MLflow takes."""
    return _ODD.sub("_", name)[:_LONGEST_NAME]
