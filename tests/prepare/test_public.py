"""Public data come out of a package or the mirror, byte for byte the known ones, under the contract's names."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from modelyard.core import messages, plugins
from modelyard.core.errors import DataError, InstallError
from modelyard.prepare import public
from modelyard.prepare.contract import Contract

MEANS = {"en": "m", "zh": "义"}
SEX = {"1": "male", "2": "female"}
COLUMNS = {
    "age": {"means": MEANS, "type": "number", "range": [0, 9], "also": ["AGE_YEARS"]},
    "sex": {
        "means": MEANS,
        "type": "category",
        "levels": {"male": [], "female": []},
        "codes": SEX,
    },
    "risk": {"means": MEANS, "role": "target", "levels": {"good": [], "bad": []}, "codes": {"0": "good", "1": "bad"}},
}


def contract(content: bytes, name: str = "d/a.csv", **form: Any) -> Contract:
    file = {"mirror": name, "sha256": hashlib.sha256(content).hexdigest(), "rows": 2}
    data = {"files": {"out.csv": file}, "source": "Somebody, 1994", "licence": "l", "copied": "that one", "form": form}
    return Contract.model_validate({"title": MEANS, "purpose": MEANS, "data": data, "columns": COLUMNS})


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODELYARD_DATA", str(tmp_path))
    (tmp_path / "d").mkdir()
    return tmp_path / "d"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"Age Years,SEX,risk\n3,1,0\n4,2,1\n", {}),
        (b"\xef\xbb\xbfAge Years;SEX;risk\r\n3;1;0\r\n4;2;1\r\n", {"separator": ";"}),
        (b"3, '1', 0\n4, '2.0', 1\n\n", {"header": False, "quote": "'"}),
        (b"AGE_YEARS,sex,risk\r3,1,0\r4,2,1", {}),
    ],
)
def test_a_file_gets_the_names_and_levels_of_the_contract(mirror: Path, content: bytes, form: dict[str, Any]) -> None:
    (mirror / "a.csv").write_bytes(content)
    assert dict(public.tables("i/s", contract(content, **form))) == {
        "out.csv": "age,sex,risk\n3,male,good\n4,female,bad\n"
    }


def test_a_gzipped_file_and_values_that_are_no_code(mirror: Path) -> None:
    content = gzip.compress("risk,age,sex\n1,?,其他\n".encode(), mtime=0)
    (mirror / "a.csv.gz").write_bytes(content)
    ((_, rows),) = public.tables("i/s", contract(content, "d/a.csv.gz"))
    assert rows == "risk,age,sex\nbad,?,其他\n"


def test_quotes_may_be_letters_and_cells_may_have_several_lines(mirror: Path) -> None:
    content = b'"3\t1\t0\n4"\t2\t1\n'
    (mirror / "a.csv").write_bytes(content)
    ((_, rows),) = public.tables("i/s", contract(content, header=False, separator="\t", quote=""))
    assert rows == 'age,sex,risk\n"""3",male,good\n"4""",female,bad\n'
    content = 'age,sex,risk\n"3\n\u2028x",1,0\n'.encode()
    (mirror / "a.csv").write_bytes(content)
    assert dict(public.tables("i/s", contract(content)))["out.csv"] == 'age,sex,risk\n"3\n\u2028x",male,good\n'


def with_parts(found: Contract) -> Contract:
    """The contract with a column that says what a row is for."""
    told = found.model_dump()
    part = {"means": MEANS, "role": "split", "levels": {"train": [], "test": []}, "codes": {"held_out": "test"}}
    columns = {**COLUMNS, "part": part}
    return Contract.model_validate({"title": MEANS, "purpose": MEANS, "data": {**told["data"]}, "columns": columns})


def test_sections_of_a_json_file_are_one_table(mirror: Path) -> None:
    content = json.dumps({"train": [[3, "1", "0"]], "held_out": [[4, "2", "1"], [5, "2", "其他"]]}).encode()
    (mirror / "a.csv").write_bytes(content)
    found = dict(public.tables("i/s", with_parts(contract(content, layout="sections"))))
    assert found["out.csv"] == "age,sex,risk,part\n3,male,good,train\n4,female,bad,test\n5,female,其他,test\n"


def test_several_files_make_up_one_table(mirror: Path) -> None:
    files = []
    for name, content in (("train", b"3\t1\t0\n"), ("held_out", b"4\t2\t1\n")):
        (mirror / name).write_bytes(content)
        sha = hashlib.sha256(content).hexdigest()
        files.append({"mirror": f"d/{name}", "sha256": sha, "rows": 1, "part": name})
    known = with_parts(contract(b"", header=False, separator="\t"))
    data = {**known.data.model_dump(), "files": {"out.csv": files}}
    known = known.model_copy(update={"data": type(known.data).model_validate(data)})
    assert len(known.data.origins("out.csv")) == 2
    assert dict(public.tables("i/s", known))["out.csv"] == "age,sex,risk,part\n3,male,good,train\n4,female,bad,test\n"
    (mirror / "held_out").unlink()
    with pytest.raises(DataError, match="held_out"):
        list(public.tables("i/s", known))


def test_records_of_a_json_file_go_by_their_names(mirror: Path) -> None:
    records = {"7": {"RISK": "0", "Sex": ["1", "a"], "besides": 1}, "8": {"sex": "2", "risk": None}}
    content = json.dumps(records).encode()
    (mirror / "a.csv").write_bytes(content)
    ((_, rows),) = public.tables("i/s", contract(content, layout="records"))
    assert rows == 'age,sex,risk\n7,"1\na",good\n8,female,\n'


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_without_the_mirror_it_says_where_the_data_are_from(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    messages.use(language)
    monkeypatch.delenv("MODELYARD_DATA", raising=False)
    with pytest.raises(DataError) as caught:
        dict(public.tables("i/s", contract(b"x")))
    told = str(caught.value)
    for words in ("MODELYARD_DATA", "d/a.csv", "Somebody, 1994", hashlib.sha256(b"x").hexdigest(), "that one"):
        assert words in told
    assert "--recipe i/s --data" in told
    assert len(told.splitlines()) <= 12


def test_a_mirror_that_lacks_the_file(mirror: Path) -> None:
    with pytest.raises(DataError, match=r"holds no d/a\.csv"):
        dict(public.tables("i/s", contract(b"x")))


def test_another_file_of_that_name_is_refused(mirror: Path) -> None:
    (mirror / "a.csv").write_bytes(b"altered")
    with pytest.raises(DataError) as caught:
        dict(public.tables("i/s", contract(b"x")))
    assert hashlib.sha256(b"altered").hexdigest() in str(caught.value)
    assert hashlib.sha256(b"x").hexdigest() in str(caught.value)


def package(dataset: str, names: list[str]) -> Contract:
    columns: dict[str, Any] = {name: {"means": MEANS, "type": "number", "range": [0, 1]} for name in names[:-1]}
    columns[names[-1]] = {"means": MEANS, "role": "target", "range": [0, 1]}
    data = {
        "files": {"d.csv": {"package": "scikit-learn", "dataset": dataset, "rows": 442}},
        "source": "s",
        "licence": "l",
    }
    return Contract.model_validate({"title": MEANS, "purpose": MEANS, "data": data, "columns": columns})


def test_numbers_to_predict_have_no_class_names() -> None:
    names = [*(f"x{n}" for n in range(10)), "progression"]
    lines = dict(public.tables("i/s", package("diabetes", names)))["d.csv"].splitlines()
    assert lines[0] == ",".join(names)
    assert len(lines) == 443
    assert lines[1].endswith(",151.0")


def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "missing", lambda modules: modules)
    with pytest.raises(InstallError, match=r"modelyard\[tables\]"):
        dict(public.tables("i/s", package("diabetes", ["x", "y"])))
