"""Names of metrics, right and wrong."""

from __future__ import annotations

import pytest

from modelyard.core import messages
from modelyard.core.errors import ProjectError
from modelyard.measure import names

VALID = ("roc_auc", "accuracy", "recall", "recall[class]", "f1[class]", "lift@share", "lift@share[class]")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("roc_auc", ("roc_auc", None, 0.0)),
        ("recall", ("recall", None, 0.0)),
        ("recall[bad]", ("recall", 1, 0.0)),
        ("f1[坏]", ("f1", 2, 0.0)),
        ("recall[>50K]", ("recall", 3, 0.0)),
        ("recall[a[b]]", ("recall", 4, 0.0)),
        ("recall[]]", ("recall", 5, 0.0)),
        ("lift@10%", ("lift", None, 0.1)),
        ("lift@0.5%[坏]", ("lift", 2, 0.005)),
    ],
)
def test_split(written: str, found: tuple[str, int | None, float]) -> None:
    assert names.split(written, VALID, ["good", "bad", "坏", ">50K", "a[b]", "]"]) == found


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("roc_acu", "roc_auc"),
        ("ROC_AUC", "roc_auc"),
        ("accuracy[bad]", "accuracy"),
        ("f1", "f1"),
        ("lift", "lift"),
        ("recall@10%", "recall"),
        ("recall[bda]", "bad"),
        ("recall[BAD]", "bad"),
        ("", ""),
        ("[bad]", ""),
        ("nonsense", ""),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_there_is_not(written: str, offered: str, language: str) -> None:
    messages.use(language)
    with pytest.raises(ProjectError) as caught:
        names.split(written, VALID, ["good", "bad"])
    (mistake,) = caught.value.mistakes
    assert mistake.got == written and mistake.expected
    assert offered in mistake.fix and bool(mistake.fix) == bool(offered)


def test_many_classes_are_not_all_listed() -> None:
    with pytest.raises(ProjectError) as caught:
        names.split("recall[x]", VALID, [f"class {number}" for number in range(1000)])
    assert len(str(caught.value)) < 600
