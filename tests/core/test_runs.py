"""Runs: written from the first moment, found by what people call them, and honest about those that were killed."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from modelyard.core import messages, runs
from modelyard.core.errors import StorageError
from modelyard.core.runs import RECORD, WORKSPACE, Record, Runs, bundle_path
from modelyard.core.store import Store


@pytest.fixture
def kept(tmp_path: Path) -> Runs:
    """The runs of an empty workspace."""
    return Runs(tmp_path / WORKSPACE)


def finished(kept: Runs, name: str = "credit", bundle: bool = True, **values: object) -> Record:
    """A run that went well."""
    record = kept.start(name, {"data": {"source": "a.csv"}})
    if bundle:
        kept.bundle(record).mkdir()
        (kept.bundle(record) / "manifest.json").write_text("{}", "utf-8")
    done = replace(record, state="finished", **values)  # type: ignore[arg-type]
    kept.save(done)
    return done


# ------------------------------------------------------------------------ records
def test_a_run_is_on_the_disk_as_soon_as_it_starts(kept: Runs) -> None:
    record = kept.start("信用", {"train": {"seed": 0}})
    written = json.loads((kept.folder(record) / RECORD).read_text("utf-8"))
    assert written == asdict(record)
    assert (written["name"], written["state"]) == ("信用", "running")
    assert "信用" in (kept.folder(record) / RECORD).read_text("utf-8")


def test_what_is_saved_is_what_is_listed(kept: Runs) -> None:
    done = finished(kept, metrics={"风险": {"roc_auc": 0.8, "ece": None}}, seconds=1.5)
    done = replace(done, stages=[{"stage": "train", "hit": False, "why": "首次"}])
    kept.save(done)
    assert kept.list() == [done]


def test_no_runs_is_an_empty_list(kept: Runs) -> None:
    assert kept.list() == []
    assert not kept.workspace.exists()


def test_runs_of_the_same_second_are_listed_in_their_order(kept: Runs) -> None:
    started = [kept.start("credit", {}) for _ in range(20)]
    assert [record.id for record in kept.list()] == [record.id for record in started]
    assert len({record.id for record in started}) == 20


def test_an_id_is_never_given_twice(kept: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([b"\x00\x01", b"\x00\x01", b"\x00\x02"])
    monkeypatch.setattr(runs.time, "strftime", lambda *_: "20261122-103500")
    real = runs.os.urandom
    monkeypatch.setattr(runs.os, "urandom", lambda size: next(drawn) if size == 2 else real(size))
    assert [kept.start("a", {}).id for _ in range(2)] == ["20261122-103500-0001", "20261122-103500-0002"]


def test_records_of_other_versions_are_read(kept: Runs) -> None:
    for name, written in (("new", {"id": "new", "name": "x", "colour": "red"}), ("old", {"id": "old", "name": "y"})):
        (kept.root / name).mkdir(parents=True)
        (kept.root / name / RECORD).write_text(json.dumps({**written, "state": "finished"}), "utf-8")
    assert [record.id for record in kept.list()] == ["new", "old"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"id": 1}'])
def test_a_damaged_record_does_not_hide_the_others(kept: Runs, content: bytes) -> None:
    done = finished(kept)
    (kept.root / "20200101-000000-dead").mkdir()
    (kept.root / "20200101-000000-dead" / RECORD).write_bytes(content)
    assert kept.list() == [done]


def test_a_run_whose_folder_was_renamed_is_called_by_its_folder(kept: Runs) -> None:
    kept.folder(finished(kept)).rename(kept.root / "the-good-one")
    assert [record.id for record in kept.list()] == ["the-good-one"]
    assert kept.bundle(kept.find("the-good")).is_dir()


def test_a_workspace_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StorageError, match="a file where a folder belongs"):
        Runs(tmp_path / "file").start("credit", {})


def test_half_characters_in_settings_do_not_stop_a_run(kept: Runs) -> None:
    record = kept.start("credit", {"data": "caf\udce9.csv"})
    assert kept.list()[0].settings == record.settings


# ------------------------------------------------------------------ killed or at work
PROGRAM = """
    import sys, time
    from pathlib import Path
    from modelyard.core.runs import Runs

    record = Runs(Path(sys.argv[1])).start("credit", {})
    print(record.id, flush=True)
    time.sleep(60)
"""


def test_a_run_at_work_is_running_and_a_killed_one_is_interrupted(kept: Runs) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(kept.workspace)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert [(record.id, record.state) for record in kept.list()] == [(name, "running")]
        with pytest.raises(StorageError, match=f"still at work(.|\n)*process {process.pid}"):
            kept.remove(kept.find(name))
    finally:
        process.kill()
        process.communicate()
    assert [record.state for record in kept.list()] == ["interrupted"]
    kept.remove(kept.find(name))
    assert kept.list() == []


def test_a_run_of_this_process_is_running_until_it_is_over(kept: Runs) -> None:
    record = kept.start("credit", {})
    assert [each.state for each in Runs(kept.workspace).list()] == ["running"]
    record.state = "failed"
    kept.save(record)
    assert [each.state for each in Runs(kept.workspace).list()] == ["failed"]
    kept.save(record)


def test_saving_half_way_lets_nothing_go(kept: Runs) -> None:
    record = kept.start("credit", {})
    record.stages.append({"stage": "prepare"})
    kept.save(record)
    assert kept.list()[0].state == "running"


def test_a_copied_workspace_holds_no_running_runs(kept: Runs, tmp_path: Path) -> None:
    record = kept.start("credit", {})
    copy = Runs(tmp_path / "copy")
    copy.folder(record).mkdir(parents=True)
    (copy.folder(record) / RECORD).write_bytes((kept.folder(record) / RECORD).read_bytes())
    assert [each.state for each in copy.list()] == ["interrupted"]


def test_where_locks_do_not_exist_a_run_counts_as_running(kept: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, shared: bool = False) -> Callable[[], None]:
        raise OSError(errno.ENOTSUP, "no locks")

    monkeypatch.setattr("modelyard.core.locks.lock", refuse)
    record = kept.start("credit", {})
    assert kept.list()[0].state == "running"
    record.state = "finished"
    kept.save(record)
    assert kept.list()[0].state == "finished"


# ------------------------------------------------------------------------- finding
def test_found_by_id_and_by_its_beginning(kept: Runs) -> None:
    done = finished(kept)
    assert kept.find(done.id) == kept.find(done.id[:-1]) == kept.find(done.id[:6]) == done


def test_the_whole_id_is_never_ambiguous(kept: Runs) -> None:
    done = [finished(kept) for _ in range(3)]
    assert [kept.find(record.id) for record in done] == done


def test_a_beginning_of_several_is_refused_with_what_there_is(kept: Runs) -> None:
    done = [finished(kept), finished(kept, "other")]
    with pytest.raises(StorageError) as caught:
        kept.find("2")
    said = str(caught.value)
    assert "the beginning of 2 ids" in said
    assert all(record.id in said for record in done)


@pytest.mark.parametrize("name", ["credit", "信用评分", "me@home.org", "a b", "x@latest", "@"])
def test_latest_is_the_newest_finished_of_that_name(kept: Runs, name: str) -> None:
    finished(kept, name)
    newest = finished(kept, name)
    finished(kept, "another")
    kept.start(name, {})
    assert kept.find(f"{name}@latest") == newest


@pytest.mark.parametrize("reference", ["nothing", "nothing@latest", "credit", "credit@newest", "@latest", "", "@", "*"])
def test_what_is_not_there_is_answered_with_what_is(kept: Runs, reference: str) -> None:
    done = finished(kept)
    with pytest.raises(StorageError) as caught:
        kept.find(reference)
    said = str(caught.value)
    assert "credit@latest" in said and done.id in said
    assert len(said.splitlines()) <= 12


def test_an_unfinished_run_has_no_latest(kept: Runs) -> None:
    kept.start("credit", {})
    with pytest.raises(StorageError) as caught:
        kept.find("credit@latest")
    assert "credit@latest" not in str(caught.value).split("Fix:")[1]


def test_no_runs_at_all(kept: Runs) -> None:
    with pytest.raises(StorageError, match=r"there are no finished runs in .* yet: `modelyard run`"):
        kept.find("credit@latest")


def test_only_the_newest_of_many_are_named(kept: Runs) -> None:
    done = [finished(kept, f"name{number}") for number in range(30)]
    with pytest.raises(StorageError) as caught:
        kept.find("nothing")
    said = str(caught.value)
    assert "name29@latest" in said and "name0@latest" not in said
    assert len(said) < 1000
    assert done


def test_nothing_is_found_in_chinese_too(kept: Runs) -> None:
    messages.use("zh")
    finished(kept, "信用")
    with pytest.raises(StorageError, match=r"没有这个名称(.|\n)*信用@latest"):
        kept.find("贷款@latest")


# ------------------------------------------------------------------------ removing
def test_remove_deletes_the_run_and_nothing_else(kept: Runs) -> None:
    gone, stays = finished(kept), finished(kept)
    (kept.workspace / "store").mkdir()
    kept.remove(gone)
    assert kept.list() == [stays]
    assert not kept.folder(gone).exists()
    assert (kept.workspace / "store").is_dir()


def test_remove_twice_is_told(kept: Runs) -> None:
    done = finished(kept)
    kept.remove(done)
    with pytest.raises(StorageError, match="no such file or folder"):
        kept.remove(done)


# ------------------------------------------------------------------- paths of bundles
def test_a_bundle_is_named_in_many_ways(kept: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(kept)
    done = finished(kept)
    bundle = kept.bundle(done)
    elsewhere = tmp_path / "nowhere"
    for reference in (bundle, kept.folder(done), tmp_path):
        assert bundle_path(str(reference), elsewhere) == bundle
    for reference in (done.id, done.id[:-1], "credit@latest"):
        assert bundle_path(reference, kept.workspace) == bundle
    monkeypatch.chdir(tmp_path)
    assert bundle_path(".", Path(WORKSPACE)).resolve() == bundle.resolve()


def test_a_bundle_that_was_copied_away_is_named_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "模型包").mkdir()
    (tmp_path / "模型包" / "manifest.json").write_text("{}", "utf-8")
    assert bundle_path(str(tmp_path / "模型包"), tmp_path / "nowhere") == tmp_path / "模型包"


def test_a_folder_in_a_project_folder_of_that_name_wins(
    kept: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = finished(kept)
    (tmp_path / done.id).mkdir()
    (tmp_path / done.id / "manifest.json").write_text("{}", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert bundle_path(done.id, kept.workspace) == Path(done.id)


def test_a_project_stands_for_its_newest_finished_run(kept: Runs, tmp_path: Path) -> None:
    done = finished(kept)
    failed = kept.start("credit", {})
    failed.state = "failed"
    kept.save(failed)
    assert bundle_path(str(tmp_path), Path("nowhere")) == kept.bundle(done)


@pytest.mark.parametrize("state", ["failed", "running"])
def test_a_project_without_a_finished_run_is_told(kept: Runs, tmp_path: Path, state: str) -> None:
    record = kept.start("credit", {})
    record.state = state
    kept.save(record)
    with pytest.raises(StorageError, match="there are no finished runs"):
        bundle_path(str(tmp_path), Path("nowhere"))


def test_an_unfinished_run_is_told(kept: Runs) -> None:
    record = kept.start("credit", {})
    for reference in (record.id, str(kept.folder(record))):
        with pytest.raises(StorageError, match=r"a run that did not finish(.|\n)*goes on where it stopped"):
            bundle_path(reference, kept.workspace)


def test_a_path_without_a_bundle_is_told(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n", "utf-8")
    for reference in (tmp_path, tmp_path / "rows.csv"):
        with pytest.raises(StorageError, match="a path without a bundle"):
            bundle_path(str(reference), tmp_path / "nowhere")


def test_nothing_of_that_name_lists_what_there_is(kept: Runs) -> None:
    finished(kept, "信用")
    with pytest.raises(StorageError, match="信用@latest"):
        bundle_path("credit@latest", kept.workspace)
    with pytest.raises(StorageError, match="there are no finished runs"):
        bundle_path("credit@latest", Path("nowhere"))


# ------------------------------------------------------------------------- space
def test_what_no_run_uses_is_deleted_and_the_rest_stays(kept: Runs) -> None:
    store = Store(kept.workspace / "store")

    def make(folder: Path) -> None:
        (folder / "model.txt").write_text("x" * 1000)

    entries = [store.entry("train", {"seed": seed}, make) for seed in range(3)]
    record = finished(kept)
    stages = [{"stage": "train", "key": entries[0].key, "hit": False, "why": "", "seconds": 0.0}]
    kept.save(replace(record, stages=[*stages, {"stage": "plan"}]))
    assert kept.clean() >= 2000
    assert [entry.folder.exists() for entry in entries] == [True, False, False]
    assert store.entry("train", {"seed": 0}, make).hit
    assert kept.clean() == 0
    kept.remove(kept.list()[0])
    assert kept.clean() >= 1000 and not list((kept.workspace / "store").iterdir())


def test_nothing_is_deleted_while_a_run_is_at_work(kept: Runs) -> None:
    assert kept.clean() == 0
    running = kept.start("credit", {})
    with pytest.raises(StorageError, match=running.id):
        kept.clean()
