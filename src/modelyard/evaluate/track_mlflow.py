"""`python -m modelyard.evaluate.track_mlflow`: reads from standard input what MLflow is to be told, and tells it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

MOST_PARAMS, MOST_METRICS = 100, 1000  # that MLflow takes at once


def tell(told: dict[str, Any]) -> None:
    """Write one finished run; see `track.told_of`."""
    client = MlflowClient(tracking_uri=told["uri"])
    run = client.create_run(_experiment(client, told), told["began"], run_name=told["name"]).info.run_id
    now = round(1000 * time.time())
    tags = [RunTag(key, value) for key, value in told["tags"].items()]
    metrics = [Metric(key, value, now, 0) for key, value in told["metrics"].items()]
    client.log_batch(run, tags=tags)
    for part in _parts([Param(key, value) for key, value in told["params"].items()], MOST_PARAMS):
        client.log_batch(run, params=part)
    for part in _parts(metrics, MOST_METRICS):
        client.log_batch(run, metrics=part)
    for file in told["files"]:
        client.log_artifact(run, file)
    client.set_terminated(run)


def _experiment(client: MlflowClient, told: dict[str, Any]) -> str:
    known = client.get_experiment_by_name(told["experiment"])
    if known is not None:
        return str(known.experiment_id)
    return str(client.create_experiment(told["experiment"], artifact_location=told["artifacts"]))


def _parts(items: list[Any], most: int) -> Iterator[list[Any]]:
    yield from (items[start : start + most] for start in range(0, len(items), most))


if __name__ == "__main__":
    tell(json.load(sys.stdin))
