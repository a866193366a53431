"""Labels read back: every mistake told at once, nothing written while anything is in doubt."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from modelyard.core import messages
from modelyard.core.columns import row_count
from modelyard.core.errors import MAX_LINES, DataError
from modelyard.improve import sheet
from modelyard.improve.filled import Labelled, put_in, read_sheet
from modelyard.improve.pool import Pool, open_pool
from modelyard.improve.propose import propose
from modelyard.pipeline import as_project

Make = Callable[..., Pool]
Lines = list[dict[str, Any]]
ROWS = 8


def proposed(pool: Pool, count: int = ROWS) -> Lines:
    """The file that people get, as lines."""
    content = sheet.csv_bytes(sheet.cells_of(propose(pool, count))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def save(folder: Path, lines: Lines, encoding: str = "utf-8-sig", separator: str = ",") -> Path:
    """The file as a spreadsheet leaves it."""
    path = folder / "labels.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(lines)
    return path


def back(pool: Pool, lines: Lines, **how: str) -> Labelled:
    return put_in(read_sheet(save(pool.project.folder, lines, **how), pool), pool)


def refusal(pool: Pool, lines: Lines) -> str:
    with pytest.raises(DataError) as caught:
        back(pool, lines)
    for mistake in caught.value.mistakes:
        assert len(str(mistake).splitlines()) <= MAX_LINES
    return str(caught.value)


@pytest.mark.parametrize(
    "how",
    [{}, {"encoding": "gb18030"}, {"encoding": "utf-16"}, {"separator": ";"}, {"separator": "\t"}],
    ids=["as written", "Chinese Windows", "UTF-16", "semicolons", "tabs"],
)
def test_labels_come_into_the_rows_they_were_given_to(make_pool: Make, how: dict[str, str]) -> None:
    pool = make_pool()
    lines = [line for line in proposed(pool) if "🎉" not in line["review"]]
    for line in lines:
        line["mood"] = "pos"
    done = back(pool, lines, **how)
    given = {int(line["row"]) - 1 for line in lines}
    for row, cell in enumerate(done.table["mood"]):
        before = pool.table["mood"][row]
        assert cell == ("pos" if row in given else before)
    assert done.rows == len(given) and done.counts == {"mood": {"pos": len(given)}}
    assert done.left == 48 - len(given)
    assert list(done.table) == list(pool.table) and row_count(done.table) == 60


def test_the_pool_is_left_as_it_was(make_pool: Make) -> None:
    pool = make_pool()
    lines = proposed(pool)
    lines[0]["mood"] = "neg"
    before = pool.table["mood"].copy()
    back(pool, lines)
    assert (pool.table["mood"] == before).all()


def test_excel_comes_back(make_pool: Make, tmp_path: Path) -> None:
    pool = make_pool()
    path = tmp_path / "labels.xlsx"
    sheet.write_excel(sheet.cells_of(propose(pool, 48)), pool.asked, path)
    book = openpyxl.load_workbook(path)
    for line in range(2, 50):
        book.active.cell(line, 6).value = "Neg" if line % 2 else "pos "
    book.save(path)
    done = put_in(read_sheet(path, pool), pool)
    assert done.rows == 48 and done.left == 0 and done.moved == 0
    assert done.counts == {"mood": {"pos": 24, "neg": 24}}


def test_cells_left_empty_are_counted_and_nothing_at_all_is_refused(make_pool: Make) -> None:
    pool = make_pool()
    lines = proposed(pool)
    assert "not one label" in refusal(pool, lines)
    lines[0]["mood"], lines[1]["mood"] = "pos", "  "
    assert back(pool, lines).empty == ROWS - 1


def test_unknown_labels_are_listed_with_the_nearest(make_pool: Make) -> None:
    pool = make_pool()
    lines = proposed(pool)
    lines[0]["mood"], lines[1]["mood"], lines[2]["mood"] = "negg", "negg", "mixed"
    said = refusal(pool, lines)
    assert "entry 2, 3" in said and "mood: negg" in said and "did you mean neg?" in said
    assert '--new-label "mixed"' in said and "neg, pos" in said


def test_a_label_that_is_said_to_be_new_is_taken(make_pool: Make) -> None:
    pool = make_pool()
    pool = open_pool(pool.project, new=("Mixed",))
    lines = proposed(pool)
    lines[0]["mood"], lines[1]["mood"] = "mixed", "NEG"
    assert back(pool, lines).counts == {"mood": {"Mixed": 1, "neg": 1}}


def test_rows_that_stand_elsewhere_by_now_are_found(make_pool: Make) -> None:
    pool = make_pool()
    lines = proposed(pool)
    for line in lines:
        line["mood"] = "pos"
    _rewrite(pool, lambda head, rows: [head, rows[-1], *rows[:-1]])
    later = open_pool(pool.project)
    done = back(later, lines)
    assert done.moved == ROWS
    keys = {line["编号"] for line in lines}
    assert {
        key for key, cell in zip(done.table["编号"], done.table["mood"], strict=True) if cell == "pos" and key in keys
    } == keys


def test_rows_that_have_changed_are_refused(make_pool: Make) -> None:
    pool = make_pool()
    lines = proposed(pool)
    for line in lines:
        line["mood"] = "pos"
    changed = lines[0]["编号"]
    _rewrite(
        pool,
        lambda head, rows: [
            head,
            *([*row[:1], "another text", *row[2:]] if row[0] == changed else row for row in rows),
        ],
    )
    later = open_pool(pool.project)
    said = refusal(later, lines)
    assert "labels.csv, entry 2" in said and "have changed since they were proposed: 1" in said
    for line in lines:
        del line["check"]
    assert back(later, lines).rows == ROWS, "without check sums the keys say which row is meant"


def test_row_numbers_that_do_not_fit(make_pool: Make) -> None:
    pool = make_pool()
    lines = proposed(pool)
    for line, number in zip(lines, ["0", "-3", "nine", "999", "", "1.5", "1e3", "²"], strict=True):
        line["mood"], line["row"], line["check"] = "pos", number, "0" * 12
    assert "no row of the data fits: 8" in refusal(pool, lines)


def test_a_row_number_alone_is_no_proof(make_pool: Make) -> None:
    pool = make_pool()
    lines = [{"row": line["row"], "mood": "pos"} for line in proposed(pool)]
    assert "nothing that tells which row is meant" in refusal(pool, lines)


def test_keys_that_do_not_fit(make_pool: Make) -> None:
    pool = make_pool()
    lines = [{"编号": key, "mood": "pos"} for key in ("r20", "r999", "")]
    assert "labels.csv, entry 3, 4" in refusal(pool, lines)
    _rewrite(pool, lambda head, rows: [head, *rows, rows[20]])
    assert "several rows of the data fit: 1" in refusal(open_pool(pool.project), lines[:1])


def test_without_keys_equal_rows_say_which_is_meant(make_pool: Make) -> None:
    pool = make_pool()
    lines = [{"review": line["review"], "nights": line["nights"], "mood": "pos"} for line in proposed(pool)]
    assert back(pool, lines).rows == ROWS


def test_two_labels_for_one_row_are_refused_and_the_same_one_twice_is_fine(make_pool: Make) -> None:
    pool = make_pool()
    lines = proposed(pool)
    twice = [{**lines[0], "mood": "pos"}, {**lines[0], "mood": "POS"}]
    assert back(pool, twice).rows == 1
    said = refusal(pool, [*twice, {**lines[0], "mood": "neg"}])
    assert "labels.csv, entry 4" in said and "neg, but pos in labels.csv, entry 2" in said


def test_the_data_are_not_contradicted(make_pool: Make) -> None:
    pool = make_pool()
    known = [{"编号": f"r{n}", "mood": str(pool.table["mood"][n])} for n in range(3)]
    new = {"编号": "r30", "mood": "pos"}
    done = back(pool, [*known, new])
    assert done.known == 3 and done.rows == 1
    known[0]["mood"] = "neg"
    assert "mood of row 1: neg, but pos in the data" in refusal(pool, [*known, new])


def test_a_file_without_the_target_names_the_nearest_column(make_pool: Make) -> None:
    pool = make_pool()
    lines = [{"编号": "r20", "moods": "pos"}]
    said = refusal(pool, lines)
    assert "a column called mood" in said and "moods" in said


def test_many_mistakes_are_told_in_few_lines_in_both_languages(make_pool: Make) -> None:
    pool = make_pool()
    lines = [{"编号": f"r{n + 20}", "mood": f"strange {n}"} for n in range(30)]
    for language, words in (("en", "more mistakes of these kinds: 25"), ("zh", "25 处")):
        messages.use(language)
        said = refusal(pool, lines)
        assert words in said and said.count("\n\n") == 5


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"mood\n", b"PK\x03\x04"])
def test_files_that_are_none(make_pool: Make, content: bytes) -> None:
    pool = make_pool()
    for name in ("labels.csv", "labels.xlsx"):
        path = pool.project.folder / name
        path.write_bytes(content)
        with pytest.raises(DataError):
            read_sheet(path, pool)


def test_the_first_labels_may_be_any(make_pool: Make) -> None:
    pool = make_pool(known=0)
    lines = proposed(pool)
    for number, line in enumerate(lines):
        line["mood"] = ("好", "坏", "1")[number % 3]
    assert back(pool, lines).counts == {"mood": {"好": 3, "坏": 3, "1": 2}}


def test_numbers_are_numbers(make_pool: Make) -> None:
    pool = make_pool(label=lambda n: n * 1.7, known=30, predict={"column": "mood", "task": "regression"})
    lines = proposed(pool)
    lines[0]["mood"], lines[1]["mood"], lines[2]["mood"] = "-3.5", "1,200", "0"
    assert back(pool, lines).counts == {"mood": {"-3.5": 1, "1,200": 1, "0": 1}}
    lines[3]["mood"] = "much"
    assert "mood: much" in refusal(pool, lines)


def test_sets_of_labels(make_pool: Make) -> None:
    label = ("food;staff", "food", "room", "food;room", "", "staff").__getitem__
    pool = make_pool(label=lambda n: label(n % 6), known=30, predict={"column": "mood", "task": "multilabel"})
    lines = proposed(pool)
    lines[0]["mood"], lines[1]["mood"] = "Staff; food", "room"
    assert back(pool, lines).counts == {"mood": {"staff;food": 1, "room": 1}}
    lines[2]["mood"] = "food;pool"
    said = refusal(pool, lines)
    assert "mood: pool" in said and "mood: food" not in said


def _rewrite(pool: Pool, change: Callable[[list[str], list[list[str]]], list[list[str]]]) -> None:
    """Change the file of the data."""
    path = pool.project.folder / "reviews.csv"
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(change(head, rows))


def test_columns_of_flags(table_file: Any, tmp_path: Path) -> None:
    head = ["id", "text", "food", "staff"]
    table_file(
        "data.csv",
        [
            head,
            *(
                [n, f"text {n}", *(("yes", "no") if n % 3 else ("no", "yes"))]
                if n < 30
                else [n, f"text {n}", "", "yes" if n == 31 else ""]
                for n in range(40)
            ),
        ],
    )
    (tmp_path / "modelyard.yaml").write_text(
        "data: data.csv\npredict: {columns: [food, staff], task: multilabel}\n", "utf-8"
    )
    pool = open_pool(as_project(str(tmp_path), None, {})[0])
    assert [one.kind for one in pool.asked] == ["flag", "flag"] and set(pool.asked[0].labels) == {"yes", "no"}
    lines = proposed(pool, 10)
    partly = next(line for line in lines if line["id"] == "31")
    assert partly["staff"] == "yes", "what is known stands there"
    partly["food"] = "1"
    done = back(pool, lines)
    assert done.counts == {"food": {"1": 1}, "staff": {}} and done.known == 1
    partly["food"] = "perhaps"
    assert "food: perhaps" in refusal(pool, lines)


def test_lists_stay_lists(make_pool: Make) -> None:
    from modelyard.improve.asked import Asked
    from modelyard.improve.filled import Filled

    pool = make_pool()
    cells = np.empty(60, object)
    cells[:30] = [["a"], ["a", "b"]] * 15
    asked = Asked(
        "mood",
        "mood",
        "set",
        ("a", "b"),
        "multilabel",
        ("mood",),
        {"labels": ["a", "b"], "listed": True, "separator": ";"},
    )
    other = Pool(**{**pool.__dict__, "table": {**pool.table, "mood": cells}, "asked": (asked,)})
    filled = Filled("x", {"编号": np.array(["r40", "r41"], object)}, {"mood": ["b;a", ["a"]]}, [1, 2])
    table = put_in(filled, other).table
    assert table["mood"][40] == ["b", "a"] and table["mood"][41] == ["a"] and table["mood"][0] == ["a"]
