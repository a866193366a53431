"""What to do next."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

from modelyard.core import messages
from modelyard.core.number import Number
from modelyard.core.report import Baseline, Doubts, Report, Slice, Slices, Step
from modelyard.core.verdicts import Verdict
from modelyard.evaluate.next import actions
from modelyard.evaluate.render_html import render_html
from modelyard.evaluate.render_markdown import render_markdown

START = {"start": ".", "data": "数据.csv", "time_budget": 300.0, "rows": {"train": 700, "valid": 100, "test": 200}}


def report_with(
    report: Report, goals: tuple[Verdict, ...] = (), about: dict[str, Any] | None = None, **target: Any
) -> Report:
    bare = {"doubts": Doubts(), "slices": None, "ladder": (), **target}
    targets = (replace(report.targets[0], **bare),)
    return replace(report, goals=goals, about={**START, **(about or {})}, targets=targets, slices=())


def goal(outcome: Any, more_rows: int | None = None, reason: str = "") -> Verdict:
    return Verdict(
        "roc_auc >= 0.9", outcome, Number(0.89, 0.8, 0.95, 200), 0.9, ">=", "roc_auc", "risk", more_rows, reason
    )


def commands(report: Report, place: str = ".") -> list[str]:
    found = [action.command for action in actions(report, place)]
    assert len(found) <= 3 and len(set(found)) == len(found)
    assert all(shlex.split(command)[0] in ("modelyard", "pip") for command in found)
    return found


@pytest.fixture
def plain(reports: dict[str, Report]) -> Report:
    return reports["classes"]


def test_a_good_bundle_is_used(plain: Report) -> None:
    report = report_with(plain, (goal("met"),))
    assert commands(report) == [
        "modelyard predict . --data '数据.csv' --out answers.csv",
        "modelyard serve .",
        "modelyard verify .",
    ]
    assert (
        commands(report, "my demo")[0]
        == "modelyard predict 'my demo' --data 'my demo/数据.csv' --out 'my demo/answers.csv'"
    )
    remote = report_with(plain, (goal("met"),), {"data": "sqlite:///bank.db#loans"})
    assert "--data 'sqlite:///demo/bank.db#loans'" in commands(remote, "demo")[0]


@pytest.mark.parametrize(
    ("start", "place", "command"),
    [
        (".", "dbp", "dbp"),
        ("other.yaml", "dbp", "dbp/other.yaml"),
        ("'my other.yaml' --set train.seed=3", "/abs/my dbp", "'/abs/my dbp/my other.yaml' --set train.seed=3"),
        ("other.yaml --set 'goals=[f1 >= 0.5]'", "it's", shlex.quote("it's/other.yaml") + " --set 'goals=[f1 >= 0.5]'"),
        ("'a b.csv' --predict 'my y'", "dbp", "'dbp/a b.csv' --predict 'my y'"),
        ("'${URL}#loans' --predict y", "dbp", "'${URL}#loans' --predict y"),
        ("other.yaml", ".", "other.yaml"),
    ],
)
def test_a_run_is_repeated_from_elsewhere(plain: Report, start: str, place: str, command: str) -> None:
    report = report_with(plain, (goal("undecided", 5_000),), {"start": start})
    assert commands(report, place)[0] == f"modelyard run {command}"


def test_a_folder_with_a_quote_in_its_name(plain: Report) -> None:
    found = [shlex.split(command) for command in commands(report_with(plain, (goal("met"),)), "it's")]
    assert [words[2] for words in found] == ["it's"] * 3
    assert found[0][3:] == ["--data", "it's/数据.csv", "--out", "it's/answers.csv"]


def test_rows_of_a_query_are_asked_for_again(plain: Report) -> None:
    asked = {"data": "sqlite:///../bank.db", "query": "select * from loans where a = 'x'"}
    words = shlex.split(commands(report_with(plain, (goal("met"),), asked), "demo")[0])
    assert words[3:7] == ["--data", "sqlite:///demo/../bank.db", "--query", asked["query"]]
    assert "--query" not in commands(report_with(plain, (goal("met"),), {**asked, "data": "a.csv"}))[0]
    whole = {"data": "${DATABASE_URL}#loans", "query": ""}
    assert "--data '${DATABASE_URL}#loans' --out" in commands(report_with(plain, (goal("met"),), whole), "demo")[0]


def test_undecided_goals_want_more_test_rows(plain: Report) -> None:
    assert commands(report_with(plain, (goal("undecided", 100),)))[0] == "modelyard run . --set data.split.test=0.3"
    far = actions(report_with(plain, (goal("undecided", 5_000), goal("undecided", 9))))[0]
    assert far.command == "modelyard run ." and "5,000" in far.why and "roc_auc >= 0.9" in far.why
    folds = report_with(plain, (goal("undecided", 100),), {"rows": {"train": 150}})
    assert commands(folds)[0] == "modelyard run ."
    assert "data.split" not in " ".join(commands(report_with(plain, (goal("undecided", None, "timing"),))))


def test_where_a_goal_is_missed_what_was_not_tried_comes_first(plain: Report) -> None:
    lacking = Step("network", "网络", skipped="no torch", cause="lacks")
    late = Step("trees", "树", skipped="late", cause="over_budget")
    report = report_with(plain, (goal("not met"),), ladder=(lacking, late))
    assert commands(report)[:2] == ["pip install 'modelyard[train]'", "modelyard run . --set train.time_budget=600"]
    assert not any("pip" in command for command in commands(report_with(plain, (goal("met"),), ladder=(lacking,))))


def test_work_that_the_budget_had_cut_wants_more_time(plain: Report) -> None:
    plan = {"plan": {"risk": {"steps": [{"method": "trees", "work": 100, "wanted": 2000}]}}}
    at_the_end = Step("trees", "Trees", loss=0.4, work=100)
    stopped_early = replace(at_the_end, work=40)
    wanted = "modelyard run . --set train.time_budget=600"
    assert wanted in commands(report_with(plain, (goal("not met"),), plan, ladder=(at_the_end,)))
    assert wanted not in commands(report_with(plain, (goal("not met"),), plan, ladder=(stopped_early,)))


def test_what_was_learnt_by_heart_is_held_back(plain: Report) -> None:
    curves = ({"step": 1, "train_loss": 0.6, "valid_loss": 0.6}, {"step": 2, "train_loss": 0.1, "valid_loss": 0.5})
    step = Step("trees", "Trees", loss=0.5, work=2, curves=curves)
    report = report_with(plain, (goal("not met"),), ladder=(step,), method="trees")
    assert commands(report)[0] == "modelyard run . --set train.trees.num_leaves=7"
    assert "num_leaves" not in " ".join(
        commands(report_with(plain, (goal("not met"),), ladder=(step,), method="linear"))
    )


def test_weak_slices_and_labels(plain: Report) -> None:
    weak = Slices("roc_auc", 9, (Slice("城市", "a b", 60, Number(0.5, 0.4, 0.6), worse=True),))
    report = report_with(plain, (goal("met"),), slices=weak, doubts=Doubts(9, 2, 4))
    assert commands(report)[:2] == [
        "modelyard evaluate . --errors",
        """modelyard run . --set 'evaluate.slices=["城市"]'""",
    ]
    assert actions(report)[0].why.startswith("At most 4") and "correct" not in actions(report)[0].why
    assert "a b" in actions(report)[1].why
    assert not any("slices" in command for command in commands(replace(report, slices=("城市",))))


def test_without_goals_one_is_offered_that_is_surely_met(plain: Report) -> None:
    (command, *_) = commands(report_with(plain))
    low = plain.targets[0].scores[0].number.low
    assert low is not None
    assert command == f"modelyard run . --set 'goals=[{plain.targets[0].scores[0].metric} >= {low:.2g}]'"


def test_no_goal_is_offered_that_the_naive_answer_meets(plain: Report) -> None:
    score = plain.targets[0].scores[0]
    low = score.number.low
    assert low is not None

    def offered(value: float | None) -> bool:
        naive = Baseline("naive", "Naive", {score.metric: Number(value)}, {})
        return any("goals=" in command for command in commands(report_with(plain, baselines=(naive,))))

    assert offered(low - 0.1)
    assert not offered(low + 0.01) and not offered(None)
    assert not any("goals=" in command for command in commands(report_with(plain, baselines=(), method="naive")))
    error = replace(score, metric="log_loss", better="lower", number=Number(0.6, 0.5, 0.72))
    for value, is_offered in ((0.8, True), (0.69, False)):
        naive = Baseline("naive", "Naive", {"log_loss": Number(value)}, {})
        found = commands(report_with(plain, baselines=(naive,), scores=(error,)))
        assert any("goals=[log_loss <= 0.72]" in command for command in found) == is_offered


@pytest.mark.parametrize(
    ("start", "command"),
    [
        (".", "modelyard label . --rows 384"),
        ("'我的 项目.yaml' --set train.seed=3", "modelyard label '我的 项目.yaml' --rows 384"),
        ("shop.csv --predict bought", "modelyard run shop.csv --predict bought"),
    ],
)
def test_where_nothing_is_measured_rows_are_labelled_first(
    reports: dict[str, Report], start: str, command: str
) -> None:
    first, *others = actions(replace(reports["unmeasured"], about={**START, "start": start}))
    assert first.command == command and "384" in first.why
    assert not any(other.command.startswith(("modelyard run", "modelyard label")) for other in others)


def test_tables_in_memory_have_no_command_to_run_them(plain: Report) -> None:
    report = report_with(plain, (goal("undecided", 10),), {"start": "", "data": ""})
    assert commands(report) == ["modelyard serve .", "modelyard verify ."]
    by_file = report_with(plain, (), {"start": "shop.csv --predict bought --set train.seed=3"})
    assert commands(by_file)[0].startswith("modelyard run shop.csv --predict bought --set train.seed=3 --set ")


def test_they_are_the_same_in_every_form_and_told_in_both_languages(reports: dict[str, Report]) -> None:
    for language in ("en", "zh"):
        messages.use(language)
        for report in reports.values():
            again = replace(report, next=actions(report))
            assert actions(report) == actions(report) and Report.from_json(again.to_json()).next == again.next
            markdown, page = render_markdown(again), render_html(again)
            for action in again.next:
                assert f"```\n{action.command}\n```" in markdown
                assert action.command.split("'")[0] in page
    assert "下一步" in markdown and "What to do" not in page
