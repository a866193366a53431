"""How a bundle's own program ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from types import SimpleNamespace
from modelyard.package import predict_main
from modelyard.runtime.bundle import Bundle

def answers(reading, outputs):
    rows = len(reading.columns["x"])
    columns = {"y": ["answer"] * rows}
    return type("Answers", (), {"__len__": lambda _: rows, "signed_columns": lambda _: columns})()

predict_main.plain = list
read = lambda table, first: SimpleNamespace(columns=table, remarks=())
known = {"inputs": [SimpleNamespace(name="x")], "manifest": {"layout": {"separator": "~"}}}
asked = {"read": read, "run": lambda reading: None, "answers": answers}
Bundle.load = staticmethod(lambda _: SimpleNamespace(**known, **asked))
sys.exit(predict_main.main(Path(), sys.argv[1:]))
"""


def test_a_reader_that_goes_away_ends_it_without_a_word(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("x\n" + "1\n" * 200_000, "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.readline() == b"y\n"
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (1, b"")


def test_all_answers_are_written(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("x\n1\n2\n", "utf-8")
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(rows)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "y\nanswer\nanswer\n", "")


def test_a_file_is_laid_out_as_those_before(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("x~z\n1~2\n3~4\n", "utf-8")
    for source, stdin in ((str(rows), None), ("-", rows.read_text())):
        command = [sys.executable, "-c", PROGRAM, source]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "y\nanswer\nanswer\n", "")
