"""The program in a bundle: what is copied, and that it runs by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import modelyard
from modelyard.core import plugins
from modelyard.core.closure import closure
from modelyard.core.columns import row_count
from modelyard.core.protocols import Columns
from modelyard.package.program import PREDICT, write_program
from modelyard.runtime.answers import plain
from modelyard.runtime.bundle import Bundle, verify

SOURCE = Path(modelyard.__file__).parents[1]


def ask(bundle: Path, *arguments: str, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a bundle's predict.py as a stranger would, from another folder."""
    return subprocess.run(
        [sys.executable, "-I", str(bundle / "predict.py"), *arguments],
        input=given, capture_output=True, cwd=bundle.parent, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def as_csv(columns: Columns) -> bytes:
    rows = zip(
        *([("" if cell is None else str(cell)) for cell in plain(values)] for values in columns.values()), strict=True
    )
    return ("\n".join([",".join(columns), *map(",".join, rows)]) + "\n").encode()


def as_json_lines(columns: Columns) -> bytes:
    rows = zip(*map(plain, columns.values()), strict=True)
    return "".join(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n" for row in rows).encode()


@pytest.fixture
def inputs(sample: Columns) -> Columns:
    return {name: values for name, values in sample.items() if name != "risk" and name != "amount"}


def test_files_are_copied_verbatim(assembled: Path) -> None:
    copies = list((assembled / "lib").rglob("*.py"))
    assert copies
    for copy in copies:
        assert copy.read_bytes() == (SOURCE / copy.relative_to(assembled / "lib")).read_bytes()


def test_only_what_is_used_is_copied(assembled: Path) -> None:
    copied = {
        path.relative_to(assembled / "lib" / "modelyard").as_posix() for path in (assembled / "lib").rglob("*.py")
    }
    assert {path.split("/")[1] for path in copied if path.startswith("modalities/") and path.count("/") > 1} == {
        "number", "category", "boolean", "datetime",
    }  # fmt: skip
    assert {path for path in copied if path.startswith("tasks/") and path.count("/") > 1} == {
        f"tasks/{task}/{module}.py"
        for task in ("classification", "regression")
        for module in ("__init__", "postprocess")
    }
    rooms = {path.split("/")[0] for path in copied if "/" in path}
    assert rooms == {"core", "data", "modalities", "package", "runtime", "tasks"}
    assert not any("fragment" in path or "options" in path for path in copied)


def test_the_program_is_small(assembled: Path) -> None:
    assert sum(path.stat().st_size for path in (assembled / "lib").rglob("*.py")) < 420_000


def test_a_csv_is_answered_as_the_bundle_answers(assembled: Path, inputs: Columns, tmp_path: Path) -> None:
    (tmp_path / "行.csv").write_bytes(as_csv(inputs))
    done = ask(assembled, str(tmp_path / "行.csv"))
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
    head, *lines = done.stdout.decode().splitlines()
    expected = Bundle.load(assembled).predict(inputs).signed_columns()
    assert head.split(",") == list(expected)
    assert [line.split(",")[1] for line in lines] == expected["risk"].tolist()
    assert [float(line.split(",")[2]) for line in lines] == pytest.approx(expected["risk.probability.good"].tolist())


def test_json_lines_are_answered_in_json_lines(assembled: Path, inputs: Columns, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(as_json_lines(inputs))
    done = ask(assembled, str(tmp_path / "rows.jsonl"))
    assert done.returncode == 0, done.stderr.decode()
    answered = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert answered == Bundle.load(assembled).predict(inputs).signed_rows()


@pytest.mark.parametrize("form", [as_csv, as_json_lines])
def test_standard_input(assembled: Path, inputs: Columns, form: object) -> None:
    done = ask(assembled, "-", given=form(inputs))  # type: ignore[operator]
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout.decode().splitlines()) == row_count(inputs) + (form is as_csv)


def test_a_bare_locale_changes_nothing(assembled: Path, inputs: Columns) -> None:
    usual, bare = ask(assembled, "-", given=as_csv(inputs)), ask(assembled, "-", given=as_csv(inputs), LC_ALL="C")
    assert usual.stdout == bare.stdout and "坏".encode() in bare.stdout


def test_it_leaves_no_trace_in_the_bundle(copied: Path, inputs: Columns) -> None:
    ask(copied, "-", given=as_csv(inputs))
    ask(copied, "-", given=as_csv(inputs))
    assert verify(copied)


def test_warnings_go_to_standard_error(assembled: Path, inputs: Columns) -> None:
    inputs["city"][:] = "Atlantis"
    done = ask(assembled, "-", given=as_csv({**inputs, "extra": inputs["city"]}), MODELYARD_LANG="en")
    assert done.returncode == 0
    assert b"'city'" in done.stderr and b"extra" in done.stderr
    assert b"Atlantis" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        ((), b"", b"predict.py rows.csv"),
        (("--help",), b"", b"predict.py rows.csv"),
        (("one", "two"), b"", b"predict.py rows.csv"),
        (("nowhere.csv",), b"", b"nowhere.csv"),
        (("-",), b"a,b\n1,2\n", b"city"),
        (("-",), b"a,b\n1,2,3\n", b"line 2"),
        (("-",), b"{]\n", b"line 1"),
        (("-",), b"a\n\xe8\xec\xff\n", b"UTF"),
        (("-",), b"", b"Where"),
    ],
)
def test_mistakes_end_with_code_2_and_a_word(
    assembled: Path, arguments: tuple[str, ...], given: bytes, said: bytes
) -> None:
    done = ask(assembled, *arguments, given=given, MODELYARD_LANG="en")
    assert done.returncode == 2, done.stderr
    assert said in done.stderr and b"Traceback" not in done.stderr


def test_rows_are_counted_from_the_start_of_the_file(assembled: Path, inputs: Columns) -> None:
    inputs["income"] = inputs["income"].astype(object)
    inputs["income"][7] = "geheim"
    done = ask(assembled, "-", given=as_csv(inputs), MODELYARD_LANG="en")
    assert done.returncode == 2
    assert b"row 8" in done.stderr and b"geheim" not in done.stderr


def test_a_damaged_bundle_does_not_answer(copied: Path, inputs: Columns) -> None:
    (copied / "graphs" / "0.onnx").write_bytes(b"")
    done = ask(copied, "-", given=as_csv(inputs), MODELYARD_LANG="zh")
    assert done.returncode == 2 and not done.stdout
    assert "0.onnx" in done.stderr.decode() and "被改动" in done.stderr.decode()


def test_plugins_of_other_packages_come_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source" / "fancy" / "colour"
    source.mkdir(parents=True)
    (source.parent / "__init__.py").write_text("")
    (source / "__init__.py").write_text("")
    (source / "preprocess.py").write_text("from modelyard.core.store import digest\nVERSION = 7\n")
    monkeypatch.syspath_prepend(source.parents[1])
    known = {**plugins._locations("modalities"), "colour": "fancy.colour"}
    monkeypatch.setattr(plugins, "_locations", lambda room: known if room == "modalities" else {})
    write_program(tmp_path / "bundle", ["number", "colour"], [])
    library = tmp_path / "bundle" / "lib"
    assert (library / "fancy" / "colour" / "preprocess.py").is_file()
    assert (library / "modelyard" / "core" / "store.py").is_file()
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from modelyard.core import plugins; "
        "print(plugins.part('modalities', 'colour', 'preprocess').VERSION, plugins.names('modalities'))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, str(library)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "7 ('colour', 'number')\n", done.stderr


def test_the_cache_sees_what_the_program_is_made_of() -> None:
    stage = closure("modelyard.package.package")
    assert {"modelyard/runtime/bundle.py", "modelyard/data/delimited.py"} <= set(stage)


def test_our_own_plugins_need_no_entry_points(assembled: Path) -> None:
    assert [path.name for path in (assembled / "lib").iterdir()] == ["modelyard"]


def test_the_script_is_short_and_explains_itself() -> None:
    assert len(PREDICT.splitlines()) < 20 and "python predict.py rows.csv" in PREDICT
    compile(PREDICT, "predict.py", "exec")
