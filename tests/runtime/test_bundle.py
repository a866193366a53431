"""Loading and answering."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import modelyard
from modelyard.core import messages, plugins
from modelyard.core.columns import as_columns
from modelyard.core.errors import BundleError, DataError, RequestError
from modelyard.runtime import steps
from modelyard.runtime.bundle import Bundle, load, verify
from modelyard.runtime.goldens import GOLDEN
from modelyard.runtime.manifest import MANIFEST, canonical, open_sealed, seal

ROW: dict[str, Any] = {"age": 31, "income": 900.5, "城市": "北京", "colour": "red"}
TABLE: dict[str, list[Any]] = {
    "age": [31, None, 52, 40], "income": [900.5, 1000.0, -5.0, None],
    "城市": ["北京", "上海", None, "北京"], "colour": ["red", "blue", "red", None],
}  # fmt: skip


def said(refusal: pytest.ExceptionInfo[Any]) -> str:
    return str(refusal.value)


# ---------------------------------------------------------------- loading
def test_what_a_bundle_knows_of_itself(bundle: Bundle, sealed: Path) -> None:
    assert bundle.path == sealed and bundle.name == "手写"
    assert bundle.id == open_sealed(sealed)[0]
    assert [column.name for column in bundle.inputs] == ["age", "城市", "income", "colour"]
    assert [column.modality for column in bundle.inputs] == ["number", "category", "number", "category"]
    assert [target["name"] for target in bundle.targets] == ["risk", "amount"]
    assert bundle.id[:12] in repr(bundle) and "手写" in repr(bundle)


def test_three_ways_to_load(sealed: Path) -> None:
    assert load(sealed).id == modelyard.load(str(sealed)).id == Bundle.load(str(sealed), threads=2).id


def test_a_flipped_byte_in_a_graph(copied: Path) -> None:
    place = copied / "graphs" / "classification.onnx"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(bytes(content))
    with pytest.raises(BundleError, match=r"classification\.onnx"):
        Bundle.load(copied)


@pytest.mark.parametrize("room", ["modalities", "tasks"])
def test_a_plugin_that_is_not_here(copied: Path, room: str) -> None:
    change(copied, room, "modality" if room == "modalities" else "task", "../../evil")
    with pytest.raises(BundleError) as refusal:
        Bundle.load(copied)
    assert "../../evil" in said(refusal) and "predict.py" in said(refusal)


@pytest.mark.parametrize(("version", "advice"), [(99, "pip install --upgrade modelyard"), (0, "predict.py")])
@pytest.mark.parametrize("room", ["modalities", "tasks"])
def test_a_plugin_of_another_version(copied: Path, room: str, version: int, advice: str) -> None:
    change(copied, room, "version", version)
    with pytest.raises(BundleError) as refusal:
        Bundle.load(copied)
    assert f"version {version}" in said(refusal) and advice in said(refusal)


def change(folder: Path, room: str, key: str, value: Any) -> None:
    """Change the first plug-in entry of a manifest and seal it again."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["blocks" if room == "modalities" else "targets"][0][key] = value
    seal(folder, manifest)


@pytest.mark.parametrize(
    "changes",
    [
        {"blocks": 3},
        {"blocks": [{}]},
        {"targets": [{"name": "x"}]},
        {"inputs": ["gone"]},
        {"targets": None},
        {"name": []},
    ],
)
def test_a_sealed_manifest_without_sense(written: Callable[..., Path], changes: dict[str, Any]) -> None:
    if "name" in changes:
        assert Bundle.load(written(**changes)).name == []
        return
    with pytest.raises(BundleError, match="another program"):
        Bundle.load(written(**changes))


def test_a_graph_that_is_not_listed(copied: Path) -> None:
    change(copied, "tasks", "graph", "../../graphs/0.onnx")
    with pytest.raises(BundleError, match=r"manifest\.json"):
        Bundle.load(copied)


def test_loading_leaves_the_folder_as_it_was(copied: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*")}
    Bundle.load(copied).predict(ROW)
    assert {path: path.stat().st_mtime_ns for path in copied.rglob("*")} == before


def test_code_in_a_bundle_is_never_run_by_the_loader(copied: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for path in ("predict.py", "lib/modelyard/__init__.py", "lib/sitecustomize.py", "conftest.py"):
        (copied / path).parent.mkdir(parents=True, exist_ok=True)
        (copied / path).write_text(f"open({str(mark)!r}, 'w')")
    seal(copied, json.loads((copied / MANIFEST).read_bytes()))
    Bundle.load(copied).predict(ROW)
    assert not mark.exists()


def test_nothing_is_unpickled(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was unpickled")

    for name in ("Unpickler", "load", "loads", "_Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    assert len(Bundle.load(sealed).predict([ROW, ROW])) == 2


def test_serving_loads_no_training_library(sealed: Path) -> None:
    code = (
        "import sys; from modelyard.runtime.bundle import Bundle; Bundle.load(sys.argv[1]).predict([{}] if 0 else "
        "{'age': 1, 'income': 2, '城市': 'x', 'colour': 'y'}); "
        "print(sorted({m.split('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)))"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import site; site.main(); {code}", str(sealed)],
        capture_output=True, text=True, env=environment, check=True,
    )  # fmt: skip
    assert not {"torch", "onnx", "pandas", "pydantic", "lightgbm", "sklearn", "msgspec"} & set(eval(done.stdout))  # noqa: S307


# -------------------------------------------------------------- answering
@pytest.mark.parametrize(
    "shape",
    [
        lambda table: table,
        lambda table: {name: np.asarray(cells, object) for name, cells in table.items()},
        lambda table: [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)],
        pd.DataFrame,
        pl.DataFrame,
        pa.table,
    ],
    ids=["columns", "arrays", "rows", "pandas", "polars", "arrow"],
)
def test_every_shape_of_table_has_the_same_answers(bundle: Bundle, shape: Callable[[Any], Any]) -> None:
    assert bundle.predict(shape(TABLE)).rows() == bundle.predict(TABLE).rows()


def test_one_dictionary_is_one_row(bundle: Bundle) -> None:
    answers = bundle.predict(ROW)
    assert len(answers) == 1
    assert answers.rows() == bundle.predict([ROW]).rows()
    risk = answers.rows()[0]["risk"]
    assert set(risk["probability"]) == {"好", "bad"}
    assert risk["value"] == max(risk["probability"], key=risk["probability"].get)
    assert abs(sum(risk["probability"].values()) - 1) < 1e-6


def test_a_matrix_has_the_columns_of_the_table(bundle: Bundle) -> None:
    names = [column.name for column in bundle.inputs]
    matrix = [[ROW[name] for name in names], [None, "上海", 3.5, "red"]]
    rows = [dict(zip(names, cells, strict=True)) for cells in matrix]
    assert (
        bundle.predict(matrix).rows()
        == bundle.predict(np.asarray(matrix, object)).rows()
        == bundle.predict(rows).rows()
    )


def test_a_matrix_of_another_width_is_called_by_position(bundle: Bundle) -> None:
    with pytest.raises(RequestError) as refusal:
        bundle.predict([[1, 2, 3], [4, 5, 6]])
    assert "'age'" in said(refusal)


def test_the_order_of_columns_and_rows_does_not_matter(bundle: Bundle) -> None:
    backwards = dict(reversed(TABLE.items()))
    assert bundle.predict(backwards).rows() == bundle.predict(TABLE).rows()
    turned = {name: cells[::-1] for name, cells in TABLE.items()}
    assert bundle.predict(turned).rows() == bundle.predict(TABLE).rows()[::-1]


def test_missing_cells_in_all_their_spellings(bundle: Bundle) -> None:
    spellings: list[Any] = [None, float("nan"), np.nan, pd.NA, pd.NaT, "", "  ", "NA"]
    answers = bundle.predict([dict.fromkeys(ROW, cell) for cell in spellings])
    assert all(row == answers.rows()[0] for row in answers.rows())
    assert answers.warnings == ()


def test_numbers_come_as_text_too(bundle: Bundle) -> None:
    texts = {"age": "31", "income": " 900.5 ", "城市": "北京", "colour": "red"}
    assert bundle.predict(texts).rows() == bundle.predict(ROW).rows()


def test_keys_are_carried_and_nothing_else(bundle: Bundle) -> None:
    answers = bundle.predict([{**ROW, "id": "甲", "extra": 1}, {**ROW, "id": 7, "extra": 2}])
    assert [row["id"] for row in answers.rows()] == ["甲", 7]
    assert next(iter(answers.to_columns())) == "id"
    assert "extra" not in answers.to_columns()
    assert "id" not in bundle.predict(ROW).to_columns()


def test_the_batch_does_not_matter(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    table = as_columns({name: cells * 25 for name, cells in TABLE.items()})
    whole = bundle.outputs(table)
    for size in (1, 7, 64):
        pieces = [
            bundle.outputs({name: cells[start : start + size] for name, cells in table.items()})
            for start in range(0, 100, size)
        ]
        for target, outputs in whole.items():
            for name, array in outputs.items():
                np.testing.assert_allclose(np.concatenate([piece[target][name] for piece in pieces]), array, atol=1e-7)
    monkeypatch.setattr(steps, "ROWS", 13)
    assert all(
        (array == whole[target][name]).all()
        for target, parts in bundle.outputs(table).items()
        for name, array in parts.items()
    )


def test_outputs_have_the_promised_types(bundle: Bundle) -> None:
    outputs = bundle.outputs(as_columns(TABLE))
    assert outputs["risk"]["probability"].dtype == np.float32 and outputs["risk"]["probability"].shape == (4, 2)
    assert outputs["amount"]["value"].dtype == np.float64 and outputs["amount"]["value"].shape == (4, 1)


def test_no_rows_have_no_outputs(bundle: Bundle) -> None:
    outputs = bundle.outputs({name: np.empty(0, object) for name in ROW})
    assert outputs["risk"]["probability"].shape == (0, 2)


def test_threads_at_the_same_time(bundle: Bundle) -> None:
    expected = bundle.predict(TABLE).rows()
    found: list[bool] = []
    workers = [
        threading.Thread(target=lambda: found.extend(bundle.predict(TABLE).rows() == expected for _ in range(20)))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [True] * 80


# --------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    "empty", [[], {}, {"age": []}, np.empty((0, 4)), pd.DataFrame(TABLE).head(0), pa.table(TABLE).slice(0, 0), ()]
)
def test_an_empty_request(bundle: Bundle, empty: Any) -> None:
    with pytest.raises(RequestError, match="no rows"):
        bundle.predict(empty)


def test_missing_columns_are_all_named(bundle: Bundle) -> None:
    with pytest.raises(RequestError) as refusal:
        bundle.predict({"age": 1, "colour": "red"})
    assert refusal.value.field == "城市"
    assert "城市" in said(refusal) and "income" in said(refusal) and "'age'" not in said(refusal)


@pytest.mark.parametrize("row", [{}, [{}]])
def test_rows_without_cells(bundle: Bundle, row: Any) -> None:
    with pytest.raises(RequestError):
        bundle.predict(row)


def test_a_row_may_leave_out_what_others_have(bundle: Bundle) -> None:
    answers = bundle.predict([ROW, {"age": 5}])
    assert answers.rows()[1] == bundle.predict([{**dict.fromkeys(ROW), "age": 5}]).rows()[0]


@pytest.mark.parametrize("cell", ["geheim", [1, 2], {"a": 1}, object(), b"geheim", "1_000"])
def test_unreadable_cells_are_named_by_column_and_row_and_never_repeated(bundle: Bundle, cell: Any) -> None:
    rows = [{**ROW}, {**ROW, "age": cell}, {**ROW}]
    with pytest.raises(RequestError) as refusal:
        bundle.predict(rows)
    assert refusal.value.field == "age"
    assert "'age'" in said(refusal) and "row 2" in said(refusal)
    assert "geheim" not in said(refusal) and "000" not in said(refusal)


def test_rows_are_counted_from_where_the_table_starts(bundle: Bundle) -> None:
    with pytest.raises(RequestError, match="row 1002"):
        bundle.predict([ROW, {**ROW, "age": "x"}], first=1001)
    assert "row 1001" in bundle.predict({**ROW, "colour": "mauve"}, first=1001).warnings[0]


def test_many_unreadable_cells_are_counted_and_several_columns_told_at_once(bundle: Bundle) -> None:
    with pytest.raises(RequestError) as refusal:
        bundle.predict([{**ROW, "age": "x", "income": "y"}] * 40)
    assert "40 unreadable" in said(refusal) and "row 1, 2, 3, 4, 5 and more" in said(refusal)
    assert [mistake.place for mistake in refusal.value.mistakes] == ["column 'age'", "column 'income'"]


@pytest.mark.parametrize("data", [3, None, "text", [1, 2, 3], np.zeros(3), [[1, 2], [3]], object()])
def test_what_is_no_table(bundle: Bundle, data: Any) -> None:
    with pytest.raises((DataError, RequestError)):
        bundle.predict(data)


def test_columns_of_different_lengths(bundle: Bundle) -> None:
    with pytest.raises(DataError):
        bundle.predict({**TABLE, "age": [1]})


def test_refusals_speak_chinese(bundle: Bundle) -> None:
    messages.use("zh")
    with pytest.raises(RequestError, match="列“age”"):
        bundle.predict([{**ROW, "age": "x"}])
    with pytest.raises(RequestError, match="没有任何行"):
        bundle.predict([])


# --------------------------------------------------------------- warnings
def test_extra_columns_are_one_warning(bundle: Bundle) -> None:
    warnings = bundle.predict({**ROW, "extra": 1, "另一列": 2}).warnings
    assert len(warnings) == 1 and "extra, 另一列" in warnings[0]


def test_target_and_key_columns_are_no_extras(bundle: Bundle) -> None:
    assert bundle.predict({**ROW, "risk": "bad", "amount": 3, "id": 1}).warnings == ()


def test_an_unseen_category_is_answered_with_a_warning_that_does_not_repeat_it(bundle: Bundle) -> None:
    answers = bundle.predict([ROW, {**ROW, "colour": "geheim"}])
    assert len(answers) == 2
    (warning,) = answers.warnings
    assert "'colour'" in warning and "row 2" in warning and "geheim" not in warning


def test_infinities_are_missing_and_counted(bundle: Bundle) -> None:
    answers = bundle.predict([{**ROW, "age": float("inf")}, {**ROW, "age": "-inf"}, {**ROW, "age": None}])
    (warning,) = answers.warnings
    assert "'age'" in warning and "2 infinite" in warning
    rows = answers.rows()
    assert rows[0] == rows[1] == rows[2]


@pytest.mark.parametrize("city", ["😀", "x" * 100_000, "a\0b", "\ud800", "北" * 999, "\u202e\u0301", "'; DROP TABLE--"])
def test_any_text_is_a_category(bundle: Bundle, city: str) -> None:
    alone = bundle.predict({**ROW, "城市": city})
    assert alone.warnings
    assert alone.rows() == bundle.predict({**ROW, "城市": "other"}).rows()


@pytest.mark.parametrize("number", [1e30, -1e30, 1e308, 5e-324, 2**63, -(2**70), 0, True])
def test_any_number_is_answered_with_a_number(bundle: Bundle, number: Any) -> None:
    rows = bundle.predict([{**ROW, "age": number, "income": number}]).rows()
    assert np.isfinite(list(rows[0]["risk"]["probability"].values())).all()
    assert rows[0]["amount"]["value"] is not None


CELLS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates() | st.binary(max_size=3)
    | st.lists(st.integers(), max_size=2) | st.decimals() | st.sampled_from(["北京", "red", "12", "1,000", "١٢", "NaN"])
)  # fmt: skip


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys([*ROW, "id", "extra"], CELLS)), max_size=4))
@settings(max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rows_end_in_strict_json_or_in_a_refusal_of_ours(bundle: Bundle, rows: list[dict[str, Any]]) -> None:
    try:
        answers = bundle.predict(rows)
    except (RequestError, DataError):
        return
    assert len(answers) == len(rows)
    for row in answers.rows():
        json.dumps(row, allow_nan=False)
        assert abs(sum(row["risk"]["probability"].values()) - 1) < 1e-6
        assert isinstance(row["amount"]["value"], float)


# --------------------------------------------------------------- verifying
def test_verify_gives_the_id(sealed: Path, bundle: Bundle) -> None:
    assert verify(sealed) == bundle.id == verify(str(sealed))


@pytest.mark.parametrize("spoilt", ["outputs", "answers"])
def test_verify_replays_what_was_recorded(copied: Path, spoilt: str) -> None:
    golden = json.loads((copied / GOLDEN).read_bytes())
    if spoilt == "outputs":
        golden["outputs"]["amount"]["value"][0][0] += 0.01
    else:
        golden["answers"][0]["risk"]["value"] = "good"
    (copied / GOLDEN).write_bytes(canonical(golden))
    seal(copied, json.loads((copied / MANIFEST).read_bytes()))
    with pytest.raises(BundleError) as refusal:
        verify(copied)
    assert ("amount.value" if spoilt == "outputs" else "risk.value") in said(refusal)


def test_swapped_labels_are_found_by_the_answers(copied: Path) -> None:
    change(copied, "tasks", "state", {"labels": ["bad", "好"]})
    assert len(Bundle.load(copied).predict(ROW)) == 1
    with pytest.raises(BundleError, match=r"risk\.value"):
        verify(copied)


def test_every_plugin_of_the_rooms_has_what_a_bundle_needs() -> None:
    for room, module in (("modalities", "preprocess"), ("tasks", "postprocess")):
        for name in plugins.names(room):
            assert isinstance(plugins.part(room, name, module).VERSION, int)
