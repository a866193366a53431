"""Decision rules on their way from held-out rows into a bundle, and out of it in every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.columns import take
from modelyard.core.goal_checks import validate
from modelyard.core.goals import Goal, parse
from modelyard.core.protocols import Columns
from modelyard.core.wishes import Wishes
from modelyard.models.checkpoint import Checkpoint
from modelyard.package.decide import decide, decided_unseen
from modelyard.package.package import package
from modelyard.runtime.bundle import Bundle, verify

Make = Callable[..., Checkpoint]
COSTS = {"currency": "CNY", "good": {"坏": 100}, "坏": {"good": 500}}


def asked(*written: str, task: str = "classification", target: str = "risk", **options: Any) -> Wishes:
    goals: list[Goal] = [validate(parse(line, "here"), {target: task}) for line in written]
    return Wishes(tuple(goals), {target: options} if options else {})


def test_nothing_asked_nothing_decided(checkpoint: Checkpoint) -> None:
    assert decide(checkpoint, Wishes()) == {}
    assert decide(checkpoint, asked("roc_auc >= 0.5")) == {}
    assert decided_unseen(checkpoint, checkpoint.targets[0], Wishes()) == {}


def test_wishes_know_their_targets() -> None:
    wishes = asked("roc_auc >= 0.5", costs=COSTS)
    assert wishes.about("risk") and not wishes.about("amount")
    assert [goal.metric for goal in wishes.goals_on("risk")] == ["roc_auc"] and wishes.goals_on("amount") == []


def test_the_rule_is_chosen_on_the_rows_that_were_held_out(checkpoint: Checkpoint) -> None:
    rows, outputs = checkpoint.held("risk")
    rule = decide(checkpoint, asked("recall[坏] >= 0.5 at fpr <= 0.5"))["risk"]
    assert rule["rows"] == len(rows) == 15
    answered = plugins.part("tasks", "classification", "postprocess").called(outputs["probability"], rule)
    y = checkpoint.dataset.y("risk", rows)
    code = checkpoint.targets[0].state["labels"].index("坏")
    assert (answered[y == code] == code).mean() >= 0.5 and (answered[y != code] == code).mean() <= 0.5


def test_the_bundle_carries_the_rule_and_every_answer_follows_it(
    checkpoint: Checkpoint, tmp_path: Path, sample: Columns
) -> None:
    words = {"good": "通过", "坏": "拒绝"}
    wishes = asked("recall[坏] >= 0.5 at fpr <= 0.5", "coverage >= 0.2 at error <= 0.5", costs=COSTS, decisions=words)
    bundle_id = package(checkpoint, tmp_path / "bundle", wishes)
    bundle = Bundle.load(tmp_path / "bundle")
    assert verify(tmp_path / "bundle") == bundle_id == bundle.id
    rule = bundle.targets[0]["decision"]
    assert rule == json.loads(json.dumps(decide(checkpoint, wishes)["risk"]))
    assert bundle.targets[1]["decision"] is None
    answers = bundle.predict(sample)
    answer = answers.targets["risk"]
    assert set(answer["decision"]) <= {"通过", "拒绝", "review"}
    said = {"通过": "good", "拒绝": "坏"}
    assert all(said.get(word, value) == value for word, value in zip(answer["decision"], answer["value"], strict=True))
    assert "risk.decision" in answers.to_columns() and "decision" in answers.rows()[0]["risk"]
    golden = json.loads((tmp_path / "bundle" / "golden.json").read_bytes())
    assert all("decision" in row["risk"] for row in golden["answers"])


def test_another_rule_is_another_bundle(checkpoint: Checkpoint, tmp_path: Path) -> None:
    asked_for = (Wishes(), asked(costs=COSTS), asked(costs=COSTS), asked(costs={**COSTS, "good": 1}))
    ids = [package(checkpoint, tmp_path / str(number), wishes) for number, wishes in enumerate(asked_for)]
    assert ids[1] == ids[2] and len({*ids}) == 3


def test_a_decision_is_the_same_alone_and_in_batches(checkpoint: Checkpoint, tmp_path: Path, sample: Columns) -> None:
    package(checkpoint, tmp_path / "bundle", asked("recall[坏] >= 0.5 at fpr <= 0.5"))
    bundle = Bundle.load(tmp_path / "bundle")
    together = bundle.predict(sample).targets["risk"]["decision"].tolist()
    alone = [bundle.predict(take(sample, slice(row, row + 1))).targets["risk"]["decision"][0] for row in range(15)]
    assert alone == together


def test_label_sets_are_packaged_with_their_thresholds(make_checkpoint: Make, tmp_path: Path, sample: Columns) -> None:
    checkpoint = make_checkpoint({"tag a+tag b": "multilabel"})
    wishes = asked("f1_micro >= 0.5", task="multilabel", target="tag a+tag b")
    package(checkpoint, tmp_path / "bundle", wishes)
    bundle = Bundle.load(tmp_path / "bundle")
    rule = bundle.targets[0]["decision"]
    answer = bundle.predict(sample).targets["tag a+tag b"]
    there = np.stack([answer["probability"][label] for label in ("tag a", "tag b")], axis=1) >= rule["thresholds"]
    labels = np.asarray(["tag a", "tag b"])
    assert [list(labels[row]) for row in there] == answer["value"].tolist()


# ------------------------------------------------------------ judged on its own rows
def test_rows_are_decided_about_by_rules_that_did_not_see_them(checkpoint: Checkpoint) -> None:
    target, wishes = checkpoint.targets[0], asked("f1 >= 0.5")
    rows, outputs = target.held()
    found = decided_unseen(checkpoint, target, wishes)
    assert set(found) == {"code", "left", "turned"} and len(found["code"]) == len(rows)
    metrics = plugins.part("tasks", "classification", "metrics")
    rule = decide(checkpoint, wishes)["risk"]
    y = checkpoint.dataset.y("risk", rows)
    seen = float(metrics.metric("f1", target.state, rule).compute(outputs, y, None))
    unseen = float(metrics.metric("f1", target.state, rule).compute({**outputs, **found}, y, None))
    assert unseen <= seen


def test_units_stay_together_where_rules_are_crossed(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of one unit are never on both sides."""
    seen: list[tuple[Any, Any]] = []
    room = plugins.part("tasks", "classification", "decide")
    choose = room.choose
    monkeypatch.setattr(room, "choose", lambda outputs, *more: seen.append(outputs) or choose(outputs, *more))
    units = np.arange(len(checkpoint.dataset.units)) // 3
    paired = replace(checkpoint, dataset=replace(checkpoint.dataset, units=units))
    decided_unseen(paired, paired.targets[0], asked("f1 >= 0.5"))
    rows, outputs = paired.targets[0].held()
    for learnt in seen:
        inside = np.isin(outputs["probability"][:, 0], learnt["probability"][:, 0])
        assert not {*units[rows[inside]]} & {*units[rows[~inside]]}
