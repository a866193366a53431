"""The plan's ledger: kept whole whatever happens, scored only by the data that a forecast was about."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.errors import ProjectError, StorageError
from modelyard.measure.intervals import wilson
from modelyard.plan import ledger
from modelyard.plan.curves.forecast import Forecast, forecast
from modelyard.plan.ledger import Arrived, Kept, Subject, keep, read, score

SIZES = np.array([48, 74, 114, 175, 270, 416, 640, 1000.0])
SUBJECT = Subject("心情", "macro_f1", "rows-1", "recipe-1")
MADE = "2026-11-22T23:50:00Z"


def curve_forecast() -> Forecast:
    return forecast(SIZES, 0.05 + 0.4 * (SIZES / 48) ** -0.4, spread=np.full(8, 0.004), kind="trees")


def kept_forecast(made: str = MADE, goal: float | None = None, **more: object) -> Kept:
    found = ledger.of(curve_forecast(), SUBJECT, made=made, inputs={"rows": "ab12", "代码": "cd34"}, goal=goal)
    return replace(found, **more)  # type: ignore[arg-type]


def plain(low: float = 0.1, high: float = 0.2, number: int = 0, **more: object) -> Kept:
    """A forecast of 2,000 and 4,000 rows with a median in the middle of its band."""
    middle = (low + high) / 2
    return replace(
        kept_forecast(),
        sizes=(2000.0, 4000.0),
        levels=(0.1, 0.5, 0.9),
        quantiles=((low, middle, high),) * 2,
        low=(low, low),
        high=(high, high),
        inputs={"number": str(number)},
        **more,  # type: ignore[arg-type]
    )


def arrived(error: float, size: int = 2000, subject: Subject = SUBJECT) -> Arrived:
    return Arrived(subject, size, error)


# -------------------------------------------------------------------- keeping
def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    made = kept_forecast(goal=0.12)
    path = keep(tmp_path, made)
    assert path.parent == tmp_path / ledger.FOLDER
    assert read(tmp_path) == ((made,), ())
    assert made.sizes[-1] == 8000 and len(made.chances) == len(made.sizes) == len(made.quantiles)


def test_the_same_forecast_again_is_one_and_keeps_its_first_time(tmp_path: Path) -> None:
    first = keep(tmp_path, kept_forecast())
    before = first.read_bytes()
    assert keep(tmp_path, kept_forecast(made="2027-01-01T00:00:00Z")) == first
    assert first.read_bytes() == before
    keep(tmp_path, kept_forecast(inputs={"rows": "other"}))
    assert len(read(tmp_path)[0]) == 2


def test_forecasts_are_read_by_time(tmp_path: Path) -> None:
    for day in (3, 1, 2):
        keep(tmp_path, kept_forecast(f"2026-11-0{day}", inputs={"day": str(day)}))
    assert [one.made for one in read(tmp_path)[0]] == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_the_same_forecast_has_the_same_bytes(tmp_path: Path) -> None:
    one, other = keep(tmp_path / "a", kept_forecast(goal=0.1)), keep(tmp_path / "b", kept_forecast(goal=0.1))
    assert one.name == other.name and one.read_bytes() == other.read_bytes()


def test_names_in_any_writing_are_kept(tmp_path: Path) -> None:
    subject = Subject("目标 / 列", "召回率[坏]", "行", "half \udce4 character")
    keep(tmp_path, kept_forecast(subject=subject))
    ((found,), damaged) = read(tmp_path)
    assert found.subject == subject and not damaged


def test_an_empty_workspace_has_an_empty_record(tmp_path: Path) -> None:
    found = score(tmp_path / "nothing", [arrived(0.1)])
    assert (found.forecasts, found.measurements, found.coverage.value, found.brier, found.pinball) == (
        0, 0, None, None, None,
    )  # fmt: skip


def test_a_workspace_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / ledger.FOLDER).write_text("a file stands in the way")
    with pytest.raises(StorageError):
        keep(tmp_path, kept_forecast())
    with pytest.raises(StorageError):
        read(tmp_path)


# -------------------------------------------------------------------- damage
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: "",
        lambda content: "[]",
        lambda content: "null",
        lambda content: "[" * 100_000,
        lambda content: content.replace('"low": [', '"low": [0.5, ', 1),
        lambda content: content.replace('"version": 1', '"version": 2', 1),
        lambda content: content.replace('"made": "', '"when": "', 1),
        lambda content: content.replace(f'"made": "{MADE}"', '"made": 7', 1),
    ],
)
def test_a_damaged_file_is_told_and_the_others_are_read(tmp_path: Path, damage: object) -> None:
    path = keep(tmp_path, kept_forecast())
    keep(tmp_path, kept_forecast(inputs={}))
    path.write_text(damage(path.read_text("utf-8")), "utf-8")  # type: ignore[operator]
    found = score(tmp_path, [])
    assert found.damaged == (path.name,) and found.forecasts == 1


def test_a_damaged_file_is_mended_when_its_forecast_is_made_again(tmp_path: Path) -> None:
    path = keep(tmp_path, kept_forecast())
    path.write_bytes(b"\xff\xfe half")
    assert read(tmp_path) == ((), (path.name,))
    keep(tmp_path, kept_forecast())
    assert read(tmp_path) == ((kept_forecast(),), ())


def test_drafts_of_killed_processes_are_no_forecasts(tmp_path: Path) -> None:
    path = keep(tmp_path, kept_forecast())
    path.with_name(f".{path.name}.0a1b2c3d").write_text("{half")
    assert len(read(tmp_path)[0]) == 1 and read(tmp_path)[1] == ()


WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from modelyard.plan.ledger import keep, read
(pattern,), _ = read(Path(sys.argv[1]))
first, step = int(sys.argv[3]), int(sys.argv[4])
print("ready", flush=True)
for number in range(first, first + step):
    keep(Path(sys.argv[2]), replace(pattern, inputs={"number": str(number)}))
"""


def writer(pattern: Path, workspace: Path, first: int, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(pattern), str(workspace), str(first), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_two_processes_at_once(tmp_path: Path) -> None:
    keep(tmp_path / "pattern", kept_forecast())
    both = [writer(tmp_path / "pattern", tmp_path / "both", first, 40) for first in (0, 20)]
    assert [one.communicate(timeout=60) and one.returncode for one in both] == [0, 0]
    kept, damaged = read(tmp_path / "both")
    assert len(kept) == 60 and not damaged


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_killed_at_any_time(tmp_path: Path) -> None:
    keep(tmp_path / "pattern", kept_forecast())
    process = writer(tmp_path / "pattern", tmp_path / "killed", 0, 100_000)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    deadline = time.monotonic() + 30
    while len(list((tmp_path / "killed").glob("**/*.json"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    kept, damaged = read(tmp_path / "killed")
    assert len(kept) >= 5 and not damaged


# -------------------------------------------------------------------- scoring
def test_scores_in_closed_form(tmp_path: Path) -> None:
    keep(tmp_path, plain(goal=0.15, chances=(0.3, 0.8)))
    found = score(tmp_path, [arrived(0.12), arrived(0.21, size=4000)])
    assert found.measurements == 2 and found.coverage.value == 0.5
    assert found.coverage.interval == wilson(0.5, 2)[1:]
    assert found.brier == pytest.approx((0.7**2 + 0.8**2) / 2)
    first = (0.1 * 0.02 + 0.5 * 0.03 + 0.1 * 0.08) / 3
    second = (0.1 * 0.11 + 0.5 * 0.06 + 0.9 * 0.01) / 3
    assert found.pinball == pytest.approx((first + second) / 2)
    assert [(one.size, one.inside, one.median) for one in found.scored] == [
        (2000, True, pytest.approx(0.15)),
        (4000, False, pytest.approx(0.15)),
    ]


def test_between_two_sizes_it_is_straight_on_the_logarithm(tmp_path: Path) -> None:
    keep(tmp_path, plain(low=0.1, high=0.2, goal=0.15))
    kept = replace(plain(), low=(0.1, 0.05), chances=(0.2, 0.6), goal=0.15)
    keep(tmp_path / "bent", kept)
    (found,) = score(tmp_path / "bent", [arrived(0.1, size=round(2000 * 2**0.5))], tolerance=0.5).scored
    assert found.low == pytest.approx(0.075, abs=1e-4) and found.brier == pytest.approx(0.36, abs=1e-3)


@pytest.mark.parametrize(("size", "matches"), [(1999, 1), (2200, 1), (1800, 1), (1799, 0), (2201, 0), (1000, 0)])
def test_only_sizes_that_were_forecast_score(tmp_path: Path, size: int, matches: int) -> None:
    keep(tmp_path, plain())
    assert score(tmp_path, [arrived(0.12, size)]).measurements == matches


def test_a_size_that_was_an_anchor_is_no_forecast(tmp_path: Path) -> None:
    keep(tmp_path, plain(anchors=((1000.0, 0.3), (1950.0, 0.2))))
    assert score(tmp_path, [arrived(0.12, 1950)]).measurements == 0
    assert score(tmp_path, [arrived(0.12, 1951)]).measurements == 1


def test_each_measurement_counts_once(tmp_path: Path) -> None:
    """Nine forecasts of one measurement are not nine independent outcomes."""
    for number in range(9):
        keep(tmp_path, plain(low=0.1 if number < 6 else 0.15, number=number))
    found = score(tmp_path, [arrived(0.12), arrived(0.18, 4000)])
    assert found.measurements == 2 and len(found.scored) == 18 and found.forecasts == 9
    assert found.coverage.value == pytest.approx((6 / 9 + 1) / 2)


def test_measurements_at_one_size_are_averaged(tmp_path: Path) -> None:
    keep(tmp_path, plain())
    (found,) = score(tmp_path, [arrived(0.08), arrived(0.16)]).scored
    assert found.error == pytest.approx(0.12) and found.inside


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ([], "no_data"),
        ([arrived(0.1, subject=replace(SUBJECT, metric="roc_auc"))], "no_data"),
        ([arrived(0.1, subject=replace(SUBJECT, predicted="其他"))], "no_data"),
        ([arrived(0.1, subject=replace(SUBJECT, test_rows="rows-2"))], "other_rows"),
        ([arrived(0.1, subject=replace(SUBJECT, way="recipe-2"))], "other_way"),
        ([arrived(0.1, size=3000)], "other_size"),
    ],
)
def test_why_a_forecast_cannot_be_scored(tmp_path: Path, measured: list[Arrived], reason: str) -> None:
    keep(tmp_path, plain())
    found = score(tmp_path, measured)
    assert found.unscored == {reason: 1} and found.measurements == 0 and found.forecasts == 1


def test_refused_forecasts_are_not_scored(tmp_path: Path) -> None:
    keep(tmp_path, plain(refused="曲线是平的"))
    assert score(tmp_path, [arrived(0.12)]).unscored == {"refused": 1}


def test_a_real_forecast_is_scored(tmp_path: Path) -> None:
    keep(tmp_path, kept_forecast(goal=0.12))
    found = score(tmp_path, [arrived(0.05 + 0.4 * (3000 / 48) ** -0.4, 3000)])
    assert found.measurements == 1 and found.coverage.value == 1.0
    assert found.brier is not None and 0 <= found.brier <= 1 and found.pinball is not None and found.pinball < 0.01


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_data_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, errors: list[float], random: object
) -> None:
    workspace = tmp_path_factory.mktemp("ledger")
    keep(workspace, plain(goal=0.15, chances=(0.5, 0.5)))
    subjects = [SUBJECT, replace(SUBJECT, way="other")]
    data = [arrived(error, 2000 * (1 + number % 2), subjects[number % 2]) for number, error in enumerate(errors)]
    one = score(workspace, data)
    random.shuffle(data)  # type: ignore[attr-defined]
    assert score(workspace, data) == one
    assert one.coverage.value is not None and 0 <= one.coverage.value <= 1
    assert one.pinball is not None and one.pinball >= 0


def test_calibrated_forecasts_are_found_calibrated(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    data = []
    for number in range(60):
        subject = replace(SUBJECT, predicted=f"目标 {number}")
        keep(tmp_path, plain(low=0.1, high=0.2, subject=subject))
        data.append(arrived(0.15 + 0.05 / 1.2816 * random.normal(), subject=subject))
    found = score(tmp_path, data)
    assert found.measurements == 60 and found.coverage.interval is not None
    assert found.coverage.interval[0] <= 0.8 <= found.coverage.interval[1]


def test_overconfident_forecasts_are_found_out(tmp_path: Path) -> None:
    random, data = np.random.default_rng(1), []
    for number in range(40):
        subject = replace(SUBJECT, predicted=f"目标 {number}")
        keep(tmp_path, plain(low=0.14, high=0.16, subject=subject))
        data.append(arrived(0.15 + 0.05 * random.normal(), subject=subject))
    found = score(tmp_path, data)
    assert found.coverage.interval is not None and found.coverage.interval[1] < 0.8


def test_a_bolder_forecast_of_what_came_has_the_lower_pinball(tmp_path: Path) -> None:
    for name, low, high in (("bold", 0.14, 0.16), ("shy", 0.05, 0.25), ("wrong", 0.3, 0.32)):
        keep(tmp_path / name, plain(low, high))
    losses = [score(tmp_path / name, [arrived(0.15)]).pinball or 0.0 for name in ("bold", "shy", "wrong")]
    assert losses == sorted(losses) and losses[0] < losses[1] < losses[2]


def test_several_goals_of_one_forecast_are_several_forecasts(tmp_path: Path) -> None:
    keep(tmp_path, plain(goal=0.15, chances=(0.5, 0.5)))
    keep(tmp_path, plain(goal=0.11, chances=(0.1, 0.2)))
    found = score(tmp_path, [arrived(0.12)])
    assert found.forecasts == 2 and found.measurements == 1
    assert found.brier == pytest.approx((0.5**2 + 0.1**2) / 2)


def test_forecasts_wait_until_their_data_arrive(tmp_path: Path) -> None:
    """Round after round: what is bought scores the forecasts that were made before it."""
    keep(tmp_path, plain(number=1))
    keep(tmp_path, plain(number=2, anchors=((1000.0, 0.3), (2000.0, 0.15)), made="2026-12-01T00:00:00Z"))
    before = score(tmp_path, [arrived(0.12)])
    assert [one.made for one in before.scored] == [MADE] and before.unscored == {"other_size": 1}
    after = score(tmp_path, [arrived(0.12), arrived(0.11, 4000)])
    assert after.unscored == {} and after.measurements == 2 and len(after.scored) == 3


# -------------------------------------------------------------------- wrong input
@pytest.mark.parametrize(
    ("size", "error", "tolerance"),
    [(0, 0.1, 0.1), (2000, math.nan, 0.1), (2000, -0.1, 0.1), (2000, math.inf, 0.1), (2000, 0.1, -1.0)],
)
def test_measurements_that_cannot_be(tmp_path: Path, size: int, error: float, tolerance: float) -> None:
    with pytest.raises(ProjectError):
        score(tmp_path, [arrived(error, size)], tolerance)


def test_the_file_is_plain_json(tmp_path: Path) -> None:
    written = json.loads(keep(tmp_path, kept_forecast(goal=0.12)).read_text("utf-8"))
    assert written["subject"]["predicted"] == "心情" and written["version"] == ledger.VERSION
    assert written["goal"] == 0.12 and written["made"] == MADE
