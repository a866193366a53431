"""A real bundle behind a real server, timed as goals ask for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelyard
from modelyard.core.errors import BundleError
from modelyard.core.goals import Setting, parse
from modelyard.evaluate.cost import measure
from modelyard.evaluate.goals import verdict_on_bundle
from modelyard.evaluate.served import Served


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A bundle that knows nothing, made in no time."""
    rows = np.arange(300)
    table = {
        "x": rows % 7 + 0.5,
        "城市": [("上海", "Rome")[n % 2] for n in rows],
        "y": [("a", "b")[n % 3 // 2] for n in rows],
    }
    return modelyard.run(table, "y", folder=tmp_path_factory.mktemp("real"), train={"method": "naive"}).bundle


def table_of(rows: int) -> dict[str, Any]:
    return {"x": np.arange(float(rows)), "城市": np.asarray(["上海", None] * rows, object)[:rows]}


def test_a_server_answers_and_ends_with_its_block(real: Any) -> None:
    with Served(real.path, threads=1) as server:
        answer = json.loads(server.ask([{"x": 1.5, "城市": "上海"}, {"x": None, "城市": "Rome"}]))
        assert answer["bundle"] == real.id and len(answer["answers"]) == 2
        peak = server.peak_bytes()
        assert peak is None or peak > 10_000_000
        with pytest.raises(BundleError, match="HTTP 422"):
            server.ask([{"城市": "Rome"}])
        process = server._process
    assert process.poll() is not None


def test_what_cannot_be_served_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="ended with code 2"):
        Served(tmp_path)


def test_every_setting_that_a_goal_asks_for_is_timed(real: Any) -> None:
    written = (
        "latency_p50_ms <= 1000 at over = http and batch = 3",
        "rows_per_second >= 1 at batch = 500 and threads = 1",
        "memory_mb <= 2000",
        "bundle_mb <= 5",
    )
    goals = [parse(line, "here") for line in written]
    prices = measure(real, table_of(10), goals)
    assert set(prices.timed) == {Setting(), Setting(3, 0, "http"), Setting(500, 1, "process")}
    verdicts = [verdict_on_bundle(goal, prices) for goal in goals]
    assert [one.outcome for one in verdicts if one.number.value is not None] == ["met"] * 4
    assert prices.cost.latency_p50_ms == prices.timed[Setting()].latency_p50_ms


def test_without_rows_nothing_is_timed(real: Any) -> None:
    prices = measure(real, table_of(0), [parse("memory_mb <= 5", "here"), parse("rows_per_second >= 1", "here")])
    assert prices.memory_mb.value is None and prices.of("rows_per_second", Setting()).value is None
    assert prices.of("bundle_mb", Setting()).value is not None
