"""What `init --recipe --data` prints of the columns, in both languages."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from modelyard.cli.mapping import lines
from modelyard.core import messages
from modelyard.prepare import own


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Air temperature in degrees Celsius, torque in words for every third row, and a column of the user's own."""
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["rpm", "torque", "air_temp", "grade_class", "failure", "Werk"])
        for n in range(90):
            torque = "high" if n % 3 == 0 else 20 + n % 30
            writer.writerow([1200 + n * 7, torque, 20 + n % 9, "LMH"[n % 3], "yes" if n % 5 == 0 else "no", n % 4])
    return str(tmp_path / "a.csv")


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_lines(data: str, tmp_path: Path, language: str) -> None:
    messages.use(language)
    adopted = own.write("manufacturing/machine-failure", tmp_path / "p", data, ["grade_class=quality"])
    shown = list(lines(adopted))
    assert shown[0] == adopted.contract.title[messages.LANGUAGES.index(language)]
    table = {line.split()[0]: line for line in shown[3].splitlines()}
    said = {
        "en": ("another name for it", "read as its cells suggest", "270 to 330", "left out", "told"),
        "zh": ("同义列名", "按内容识别", "不在 270 至 330 之内", "没有，略去", "已指定"),
    }[language]
    places = ("rotational_speed", "torque", "air_temperature", "tool_wear", "quality")
    for place, words in zip(places, said, strict=True):
        assert words in table[place], place
    assert any("Werk" in line for line in shown[4:])
    assert not any("--map" in line for line in shown), "there was nothing to guess"
