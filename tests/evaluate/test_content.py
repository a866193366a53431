"""The sections of the report: what is there, and what stays away when there is nothing to say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from modelyard.core import messages
from modelyard.core.number import Number
from modelyard.core.report import Cost, Report, Step
from modelyard.evaluate.blocks import Cell, Drawing, Items, Table, Words
from modelyard.evaluate.content import Section, fact_words, sections, tiles

FULL = [
    "goals", "quality-0", "confusion-0", "reliability-0", "slices-0", "importance-0", "ladder-0", "cost", "about",
    "next",
]  # fmt: skip


def section(report: Report, anchor: str) -> Section:
    return next(part for part in sections(report) if part.anchor == anchor)


def tables(part: Section) -> list[Table]:
    return [block for block in part.blocks if isinstance(block, Table)]


def cells(report: Report) -> Iterator[Cell]:
    for part in sections(report):
        for table in tables(part):
            for row in table.rows:
                yield from row


def said(part: Section) -> str:
    return " ".join(block.words for block in part.blocks if isinstance(block, Words))


@pytest.mark.parametrize(
    ("kind", "anchors"),
    [
        ("classes", FULL),
        ("numbers", ["quality-0", "fit-0", "slices-0", "importance-0", "cost", "about", "next"]),
        ("labels", ["quality-0", "confusion-0", "reliability-0", "importance-0", "cost", "about", "next"]),
        ("empty", ["goals", "quality-0", "cost", "about", "next"]),
    ],
)
def test_each_kind_of_report_has_its_sections(reports: dict[str, Report], kind: str, anchors: list[str]) -> None:
    assert [part.anchor for part in sections(reports[kind])] == anchors


def test_rows_of_a_table_are_as_long_as_its_head(reports: dict[str, Report]) -> None:
    for report in reports.values():
        for part in sections(report):
            for table in tables(part):
                assert {len(row) for row in table.rows} <= {len(table.head)}, part.title


def test_what_stands_beside_a_drawing_is_there(reports: dict[str, Report]) -> None:
    for report in reports.values():
        for part in sections(report):
            for place, block in enumerate(part.blocks):
                if isinstance(block, Drawing):
                    assert place + block.beside < len(part.blocks) + 1
                    assert not any(
                        isinstance(each, Drawing) and each.beside
                        for each in part.blocks[place + 1 : place + block.beside]
                    )


def test_goals_show_verdict_measurement_and_a_strip(reports: dict[str, Report]) -> None:
    (table,) = tables(section(reports["classes"], "goals"))
    words = [[cell.words for cell in row] for row in table.rows]
    assert words[0][:2] == ["roc_auc >= 0.6", "met"]
    assert words[1][:2] == ["recall[bad] >= 0.99", "not met"]
    assert all(row[2].drawing.startswith("<svg") for row in table.rows)
    assert table.rows[1][1].kind == "verdict not_met"


def test_every_metric_stands_beside_every_baseline(reports: dict[str, Report]) -> None:
    part = section(reports["classes"], "quality-0")
    target = reports["classes"].targets[0]
    differences, table = tables(part)
    assert len(table.rows) == len(target.scores)
    assert table.head[2:] == tuple(item.title for item in target.baselines)
    assert [row[1].words[0] for row in differences.rows] == ["+", "+"]
    assert "beyond noise" in said(part)


def test_baselines_have_the_digits_of_the_bundle(reports: dict[str, Report]) -> None:
    table = tables(section(reports["classes"], "quality-0"))[1]
    first = table.rows[0]
    assert len(first[2].words) == len(first[1].words.partition(" ")[0])


def test_shares_of_the_confusion_table_are_of_the_actual_class(reports: dict[str, Report]) -> None:
    heat = tables(section(reports["classes"], "confusion-0"))[0]
    for row in heat.rows:
        shades = [cell.shade for cell in row[1:]]
        assert sum(shades) == pytest.approx(1)
    assert [cell.kind for cell in heat.rows[0][1:]] == ["right", "wrong"]
    assert heat.kind == "heat narrow"


def test_a_class_without_rows_shades_nothing(reports: dict[str, Report]) -> None:
    (target,) = reports["classes"].targets
    assert target.confusion is not None
    bare = dataclasses.replace(
        target, confusion=dataclasses.replace(target.confusion, counts=((0, 0), target.confusion.counts[1]))
    )
    heat = tables(section(dataclasses.replace(reports["classes"], targets=(bare,)), "confusion-0"))[0]
    assert all(0 <= cell.shade <= 1 for row in heat.rows for cell in row)


def test_what_was_not_measured_has_no_numbers_but_costs(reports: dict[str, Report]) -> None:
    report = reports["unmeasured"]
    assert {part.anchor for part in sections(report)} <= {"goals", "ladder-0", "cost", "about", "next"}
    first = tiles(report)[0]
    assert (first.number, first.note) == ("–", "not measurable: label 384 rows")


def test_many_classes_are_cut_and_the_cut_is_said(reports: dict[str, Report]) -> None:
    part = section(reports["many"], "confusion-0")
    heat, classes = tables(part)
    assert heat.kind == "heat" and heat.head[-1] == "all others" == heat.rows[-1][0].words
    assert len(heat.rows) == 12 and len(classes.rows) == 30
    assert "29 rarer classes" in said(part) and "The 30 most frequent of 40" in said(part)


def test_a_report_without_metrics_has_no_quality_section(reports: dict[str, Report]) -> None:
    bare = dataclasses.replace(reports["classes"].targets[0], scores=())
    report = dataclasses.replace(reports["classes"], targets=(bare,))
    assert "quality-0" not in [part.anchor for part in sections(report)]
    assert tiles(report)[0].title == "Goals"


def test_facts_of_any_kind_are_written(reports: dict[str, Report]) -> None:
    about = {"stopped": ["trees", "network"], "rows": {"train": 12_000}}
    report = dataclasses.replace(reports["classes"], about=about)
    assert dict(fact_words(report))["Stopped by the clock"] == "trees, network"
    assert dict(fact_words(report))["Rows"] == "train 12,000"


def test_promises_are_shown_as_kept_or_not(reports: dict[str, Report]) -> None:
    names = [cell.words for cell in cells(reports["numbers"])]
    assert "Truth inside the interval (promised 90 %)" in names
    assert "Mean width of the interval" in names
    assert "Share of certain answers" in [cell.words for cell in cells(reports["classes"])]


def test_the_ladder_marks_the_chosen_and_the_skipped(reports: dict[str, Report]) -> None:
    part = section(reports["classes"], "ladder-0")
    (table,) = tables(part)
    naive, linear, trees = table.rows
    assert (linear[0].note, linear[0].kind, linear[2].note) == ("chosen", "chosen", "stopped")
    assert trees[0].kind == "skipped" and trees[1].words == ""
    assert naive[2].words == "the starting point"
    assert sum(isinstance(block, Drawing) for block in part.blocks) == 1


def test_slices_say_how_many_were_looked_at(reports: dict[str, Report]) -> None:
    part = section(reports["classes"], "slices-0")
    assert "5 of 5 slices" in said(part)
    worse = [row[0].words for row in tables(part)[0].rows if row[2].note]
    assert worse == ["group = b"]
    assert "Red" in said(part)


def test_wide_importance_says_what_was_left_out(reports: dict[str, Report]) -> None:
    report = reports["classes"]
    target = report.targets[0]
    wide = dataclasses.replace(target, importance=dataclasses.replace(target.importance, together=990, total=1_000))
    part = section(dataclasses.replace(report, targets=(wide,)), "importance-0")
    assert "990 of 1,000 columns" in said(part)


def test_facts_of_the_run_are_those_that_are_there(reports: dict[str, Report]) -> None:
    facts = dict(fact_words(reports["classes"]))
    assert facts == {
        "Data": "数据.csv", "Rows": "train 900 · test 600", "Seed": "0", "Libraries": "numpy 2.4",
    }  # fmt: skip
    assert fact_words(reports["numbers"]) == []
    about = section(reports["classes"], "about")
    assert Items(("a <b>note</b>",)) in about.blocks


def test_thousands_of_inputs_are_not_all_listed(reports: dict[str, Report]) -> None:
    report = dataclasses.replace(reports["classes"], inputs=tuple(f"c{number}" for number in range(5_000)))
    words = next(row[1].words for row in tables(section(report, "about"))[0].rows if row[0].words == "Input columns")
    assert "(5,000)" in words and len(words) < 500


# ----------------------------------------------------------------------- tiles
def test_the_first_numbers(reports: dict[str, Report]) -> None:
    auc, goals, latency, size = tiles(reports["classes"])
    assert auc.title == "ROC-AUC" and " to " in auc.note and "Linear" in auc.note
    assert goals.number == "2 / 4" or goals.number == "3 / 4"
    assert goals.kind == "not_met"
    assert latency.number.endswith(" ms")
    assert (size.number, size.note) == ("0.25 MB", "abababababab")


def test_tiles_of_an_empty_report(reports: dict[str, Report]) -> None:
    score, goals, size = tiles(reports["empty"])
    assert score.number == "not defined"
    assert goals.number == "1 / 4" and goals.kind == "undecided"
    assert size.title == "Bundle on disk"


def test_latency_that_was_not_measured_is_said(reports: dict[str, Report]) -> None:
    report = dataclasses.replace(reports["classes"], cost=Cost(Number(None), Number(None), Number(1.0)))
    (table,) = tables(section(report, "cost"))
    assert [row[1].words for row in table.rows] == ["not defined", "not defined", "1 MB"]


def test_several_targets_name_their_sections(reports: dict[str, Report]) -> None:
    report = dataclasses.replace(reports["classes"], targets=(*reports["classes"].targets, *reports["numbers"].targets))
    titles = {part.anchor: part.title for part in sections(report)}
    assert titles["quality-0"] == "risk: How good it is" and titles["fit-1"] == "price: Predicted and actual"
    assert tiles(report)[1].title == "price · RMSE"


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_section_speaks_both_languages(reports: dict[str, Report], language: str) -> None:
    messages.use(language)
    for report in reports.values():
        for part in sections(report):
            assert part.title and all(block.words for block in part.blocks if isinstance(block, Words))


def test_steps_without_curves_draw_nothing(reports: dict[str, Report]) -> None:
    report = reports["classes"]
    bare = dataclasses.replace(report.targets[0], ladder=(Step("naive", "Guess", 0.6),))
    part = section(dataclasses.replace(report, targets=(bare,)), "ladder-0")
    assert not any(isinstance(block, Drawing) for block in part.blocks)
