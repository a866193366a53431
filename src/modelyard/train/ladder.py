"""The ladder: which methods a run climbs, in which order, and why it leaves some out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from modelyard.core import meaning, plugins
from modelyard.core.errors import InstallError, Mistake, ProjectError
from modelyard.core.messages import pick, text
from modelyard.core.project import Project
from modelyard.core.protocols import MethodInfo
from modelyard.core.runs import WORKSPACE
from modelyard.core.schema import Column
from modelyard.core.space import Space
from modelyard.data.dataset import TEXT, pretrained

FEWEST_MIXED = 2
SEARCH_NEEDS = ("optuna",)


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Args:
        method: Name of the plug-in.
        info: What is known of it before it is loaded.
        options: Its options, defaults filled in.
        lacks: Python modules that this installation lacks; the rung is skipped when there are any.
        untaught: Whether it learns from labels, and there are none; it is skipped as well.
    """

    method: str
    info: MethodInfo
    options: Any
    lacks: tuple[str, ...]
    untaught: bool = False

    @property
    def title(self) -> str:
        """Its name for people."""
        return pick(self.info.title)

    @property
    def hindered(self) -> tuple[str, dict[str, Any]] | None:
        """Why it cannot be climbed here, as a message and its values, or None."""
        if self.lacks:
            return "train.lacks", {"modules": ", ".join(self.lacks), "extra": self.info.extra}
        return ("train.untaught", {}) if self.untaught else None

    @property
    def skipped(self) -> str:
        """The same in words, or the empty string."""
        return text(self.hindered[0], **self.hindered[1]) if self.hindered else ""


def space_of(rung: Rung) -> Space:
    """Where search may look for better options of a method: not among those that the project settles."""
    space: Space = getattr(plugins.part("methods", rung.method, "options"), "SPACE", ())
    return tuple(one for one in space if one.name not in rung.options.model_fields_set)


def require_search(project: Project) -> None:
    """Hold a search that is asked for against what is installed.

    Raises:
        InstallError: What it lacks, with the command that installs it.
    """
    lacking = plugins.missing(SEARCH_NEEDS)
    if project.train.search.trials and lacking:
        got = str(project.train.search.trials)
        expected = text("train.expected_search", modules=", ".join(lacking))
        place = project.place("train", "search", "trials")
        raise InstallError(Mistake(place, got, expected, text("errors.install", extra="search")))


def rungs(project: Project, inputs: Sequence[Column] = (), labelled: bool = True) -> list[Rung]:
    """The rungs that the project asks for, simplest first; `naive` is always among them, as the baseline.

    Args:
        project: The validated project.
        inputs: The input columns: a method that wants what they do not have is left out.
        labelled: Whether there are labels to learn from.

    Raises:
        InstallError: A method that was asked for by name needs something this installation lacks.
        ProjectError: A method that mixes others was asked for without two to mix, or one wants what no column has.
    """
    asked = project.train.method if isinstance(project.train.method, list) else [project.train.method]
    wanted = dict.fromkeys(("naive", *meaning.trained(project.file)))
    ladder = sorted((_rung(name, project) for name in wanted), key=lambda rung: (rung.info.rung, rung.method))
    ladder = [_suited(rung, inputs) for rung in _with_columns(ladder, asked, project, inputs)]
    require([rung for rung in ladder if rung.method in asked], project)
    mixers = [rung.method for rung in ladder if rung.info.view == "scores"]
    if mixers and len(ladder) - len(mixers) - 1 < FEWEST_MIXED:  # the baseline is not mixed
        raise ProjectError(_nothing_to_mix(mixers[0], project))
    return ladder if labelled else [replace(rung, untaught=rung.info.learns) for rung in ladder]


def require(wanted: Sequence[Rung], project: Project) -> None:
    """Hold rungs that must be climbed against what is installed.

    Raises:
        InstallError: All that cannot be climbed here, each with the command that installs what it lacks.
    """
    missing = [_mistake(rung, project) for rung in wanted if rung.lacks]
    if missing:
        raise InstallError(missing)


def _with_columns(
    ladder: Sequence[Rung], asked: Sequence[str], project: Project, inputs: Sequence[Column]
) -> list[Rung]:
    """The rungs that have the columns that they want.

    Raises:
        ProjectError: One without was asked for, by its name or its options.
    """
    texts = [column for column in inputs if column.modality == TEXT]
    encoders = [column for column in texts if column.options["encoder"]]
    there = {"": True, "texts": bool(texts), "encoder": bool(encoders), "vectors": bool(pretrained(encoders))}
    without = [rung for rung in ladder if not there[rung.info.wants]]
    mistakes = [
        Mistake(
            project.place("train", "method" if rung.method in asked else rung.method),
            rung.method,
            text(f"train.expected_{rung.info.wants}"),
            text(f"train.fix_{rung.info.wants}"),
        )
        for rung in without
        if inputs and (rung.method in asked or not rung.info.automatic)
    ]
    if mistakes:
        raise ProjectError(mistakes)
    return [rung for rung in ladder if rung not in without]


def _suited(rung: Rung, inputs: Sequence[Column]) -> Rung:
    """The rung with those defaults filled in that depend on the encoders of the text columns."""
    suited = getattr(plugins.part("methods", rung.method, "options"), "suited", None)
    encoders = [column.options["encoder"] for column in inputs if column.modality == TEXT and column.options["encoder"]]
    return replace(rung, options=suited(rung.options, encoders)) if suited and encoders else rung


def _nothing_to_mix(mixer: str, project: Project) -> Mistake:
    asked = project.train.method if isinstance(project.train.method, str) else ", ".join(project.train.method)
    expected = text("train.expected_to_mix", method=mixer)
    return Mistake(project.place("train", "method"), asked, expected, f"[linear, trees, {mixer}]")


def _rung(name: str, project: Project) -> Rung:
    module = plugins.part("methods", name, "options")
    info: MethodInfo = module.INFO
    options, model = project.train.of(name), project.train.model
    if model and hasattr(module, "settle"):
        options = module.settle(options, str(project.folder / model), project.digests[model])
        info = module.info_of(options)
    if hasattr(module, "settled_at"):
        options = module.settled_at(options, project.folder, project.digests)
        info = module.info_of(options)
    if hasattr(module, "settled_in"):
        options = module.settled_in(options, project.folder / WORKSPACE)
    return Rung(name, info, options, plugins.missing(info.needs))


def _mistake(rung: Rung, project: Project) -> Mistake:
    return Mistake(
        project.place("train", "method"),
        rung.method,
        text("train.expected_installed", modules=", ".join(rung.lacks)),
        text("errors.install", extra=rung.info.extra),
    )
