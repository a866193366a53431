"""The commands, in the order in which a project meets them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from modelyard import __version__
from modelyard.cli import console
from modelyard.cli.words import Commands
from modelyard.core import messages
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text
from modelyard.core.report import Report
from modelyard.core.runs import WORKSPACE, Record, Runs, bundle_path

GOAL_NOT_MET, GOAL_UNDECIDED = 3, 4  # exit codes of --require-goals


def _language(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value:
        messages.use(value)
    return value


def _seconds(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """A time as the project file writes it: 90, 5min, 1.5 h."""
    from modelyard.core.project import seconds

    try:
        found = None if value is None else float(seconds(value))
    except ValueError:
        found = 0.0
    if found is not None and not found:
        place, expected = "modelyard pretrain --time-budget", text("project.expected_duration")
        raise ProjectError(Mistake(place, repr(value), expected))
    return found


@click.group(cls=Commands, help=text("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelyard", help=text("cli.version"))
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    callback=_language,
    is_eager=True,
    expose_value=False,
    help=text("cli.lang"),
)
def commands() -> None:
    """The group itself does nothing."""


@commands.command("init", help=text("cli.init"))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--data", help=text("cli.data"))
@click.option("--predict", help=text("cli.predict_column"))
@click.option("--recipe", help=text("cli.recipe"))
@click.option("--map", "told", multiple=True, metavar="MINE=THEIRS", help=text("cli.map"))
def init(folder: Path, data: str | None, predict: str | None, recipe: str | None, told: tuple[str, ...]) -> None:
    """Write a project: from a recipe, from a data file, or from a recipe for a data file."""
    from modelyard.cli import mapping
    from modelyard.prepare import draft, own
    from modelyard.prepare import recipe as recipes

    if (recipe and predict) or (told and not (recipe and data)):
        given = {"--recipe": recipe, "--data": data, "--predict": predict, "--map": told}
        raise _contradiction("init", ", ".join(name for name in given if given[name]), "cli.expected_one_start")
    if recipe and data:
        adopted = own.write(recipe, folder, data, told)
        written = adopted.written
        for line in mapping.lines(adopted):
            console.say(line)
    else:
        written = recipes.write(recipe, folder) if recipe else draft.write(folder, data, predict)
    for path in written:
        console.say(text("cli.wrote", path=path))
    console.say(text("cli.next_run", folder=folder))


@commands.command("check", help=text("cli.check"))
@click.argument("project", default=".")
@click.option("--predict", help=text("cli.predict_column"))
@click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, help=text("cli.set"))
def check(project: str, predict: str | None, changes: tuple[str, ...]) -> None:
    """Validate a project and say what a run would do; nothing is trained."""
    from modelyard.cli.check import lines
    from modelyard.pipeline import as_project

    for line in lines(as_project(project, predict, {}, changes)[0]):
        console.say(line)


@commands.command("run", help=text("cli.run"))
@click.argument("data", default=".")
@click.option("--predict", help=text("cli.predict_column"))
@click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, help=text("cli.set"))
@click.option("--plan", metavar="RUN", help=text("cli.plan"))
@click.option("--why", is_flag=True, help=text("cli.why"))
@click.option("--quiet", is_flag=True, help=text("cli.quiet"))
@click.option("--require-goals", is_flag=True, help=text("cli.require_goals"))
def run(
    data: str,
    predict: str | None,
    changes: tuple[str, ...],
    plan: str | None,
    why: bool,
    quiet: bool,
    require_goals: bool,
) -> None:
    """Walk the pipeline."""
    from modelyard import pipeline

    if require_goals and not pipeline.as_project(data, predict, {}, changes)[0].goals:
        raise _contradiction("run", "--require-goals", "cli.expected_goals")
    if quiet:
        finished = pipeline.run(data, predict, plan=plan, changes=changes)
    else:
        bars = console.Bars()
        try:
            finished = pipeline.run(data, predict, plan=plan, changes=changes, screen=bars)
        finally:
            bars.close()
    console.end_of_run(finished, why)
    _require(finished.report, require_goals)


@commands.command("evaluate", help=text("cli.evaluate"))
@click.argument("bundle")
@click.argument("data", required=False)
@click.option("--out", type=click.Path(path_type=Path), help=text("cli.evaluate_out"))
@click.option("--errors", is_flag=True, help=text("cli.evaluate_errors"))
@click.option("--require-goals", is_flag=True, help=text("cli.require_goals"))
def evaluate(bundle: str, data: str | None, out: Path | None, errors: bool, require_goals: bool) -> None:
    """The stored report of a bundle, or a new one on another labelled file."""
    from modelyard.evaluate import later

    report = later.evaluate(bundle_path(bundle, Path(WORKSPACE)), data, out)
    console.say_report(report)
    if errors:
        console.say()
        console.say_errors(report.errors)
    if out:
        console.say(text("cli.report", path=out / "report.html"))
    if require_goals and not report.goals:
        raise _contradiction("evaluate", "--require-goals", "cli.expected_goals")
    _require(report, require_goals)


@commands.command("compare", help=text("cli.compare"))
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.argument("data", required=False)
@click.option("--out", type=click.Path(path_type=Path), help=text("cli.compare_out"))
def compare(one: str, other: str, data: str | None, out: Path | None) -> None:
    """Two bundles on the same rows: metrics with paired intervals, rows fixed and broken, cost, settings."""
    from modelyard.cli.compare import lines
    from modelyard.evaluate import compare as comparing

    folders = bundle_path(one, Path(WORKSPACE)), bundle_path(other, Path(WORKSPACE))
    comparison = comparing.compare(*folders, data)
    for line in lines(comparison, folders):
        console.say(line)
    for path in comparing.write(comparison, out) if out else ():
        console.say(text("compare.wrote", path=path))


@commands.command("predict", help=text("cli.predict"))
@click.argument("bundle")
@click.argument("argument", metavar="[DATA]", required=False)
@click.option("--data", metavar="DATA", help=text("cli.predict_data"))
@click.option("--out", metavar="FILE|FOLDER/|URL", help=text("cli.predict_out"))
@click.option("--table", help=text("cli.predict_table"))
@click.option("--rows", metavar="JSON", help=text("cli.predict_rows"))
@click.option("--format", "form", type=click.Choice(["csv", "jsonl", "parquet"]), help=text("cli.predict_format"))
@click.option("--sheet", help=text("cli.predict_sheet"))
@click.option("--query", metavar="SQL", help=text("cli.predict_query"))
@click.option("--keep", metavar="COLUMN", multiple=True, help=text("cli.predict_keep"))
@click.option("--shift", metavar="FILE", type=click.Path(path_type=Path), help=text("cli.predict_shift"))
@click.option("--quiet", is_flag=True, help=text("cli.quiet"))
def predict(bundle: str, **wishes: Any) -> None:
    """Answers for rows, a file, a database or standard input; large tables are streamed."""
    from modelyard.cli.predict import Wishes, answer

    answer(bundle, Wishes(**wishes))


@commands.command("serve", help=text("cli.serve"))
@click.argument("bundle")
@click.option("--host", default="127.0.0.1", show_default=True, help=text("cli.host"))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help=text("cli.port"))
@click.option("--threads", type=click.IntRange(1), help=text("cli.threads"))
def serve(bundle: str, host: str, port: int, threads: int | None) -> None:
    """Answer over HTTP."""
    from modelyard.serve import server

    server.serve(bundle_path(bundle, Path(WORKSPACE)), host=host, port=port, threads=threads)


@commands.command("verify", help=text("cli.verify"))
@click.argument("bundle")
def verify(bundle: str) -> None:
    """Check a bundle's hashes and replay its golden answers."""
    from modelyard.runtime.bundle import verify as verified

    path = bundle_path(bundle, Path(WORKSPACE))
    console.say(text("cli.verified", path=path, id=verified(path)))


@commands.command("label", help=text("cli.label"))
@click.argument("project", default=".")
@click.option("--data", metavar="FILE", help=text("cli.label_data"))
@click.option("--rows", type=click.IntRange(1), help=text("cli.label_rows"))
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help=text("cli.label_out"))
@click.option("--run", metavar="RUN", help=text("cli.label_run"))
@click.option("--read", metavar="FILE", type=click.Path(path_type=Path), help=text("cli.label_read"))
@click.option("--new-label", metavar="LABEL", multiple=True, help=text("cli.label_new"))
def label(project: str, **wishes: Any) -> None:
    """Propose rows to label, or put the labels that people filled in into the data."""
    from modelyard.cli.label import Wishes
    from modelyard.cli.label import label as labelled

    labelled(Wishes(project, **wishes))


@commands.command("pretrain", help=text("cli.pretrain"))
@click.argument("source", metavar="PROJECT|DATA")
@click.option("--column", metavar="TEXT", help=text("cli.pretrain_column"))
@click.option("--out", metavar="FOLDER", required=True, type=click.Path(path_type=Path), help=text("cli.pretrain_out"))
@click.option("--more", metavar="DATA", multiple=True, help=text("cli.pretrain_more"))
@click.option("--encoder", metavar="FOLDER|ID", help=text("cli.pretrain_encoder"))
@click.option("--size", type=click.Choice(["tiny", "small"]), default="small", help=text("cli.pretrain_size"))
@click.option("--vocabulary", type=click.IntRange(100, 200_000), default=8000, help=text("cli.pretrain_vocabulary"))
@click.option("--epochs", type=click.IntRange(1, 10_000), default=10, help=text("cli.pretrain_epochs"))
@click.option("--time-budget", metavar="TIME", callback=_seconds, help=text("cli.pretrain_budget"))
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help=text("cli.pretrain_seed"))
@click.option("--quiet", is_flag=True, help=text("cli.quiet"))
def pretrain(source: str, **wishes: Any) -> None:
    """Learn an encoder from texts without labels."""
    from modelyard.cli.pretrain import Wishes
    from modelyard.cli.pretrain import pretrain as pretrained

    pretrained(Wishes(source, **wishes))


@commands.group("plan", help=text("cli.plan_group"), invoke_without_command=True)
@click.option("--project", type=click.Path(path_type=Path), default=Path(), help=text("cli.plan_project"))
@click.option("--out", metavar="FOLDER", type=click.Path(path_type=Path), help=text("cli.plan_out"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.plan_json"))
@click.pass_context
def plan(context: click.Context, project: Path, out: Path | None, as_json: bool) -> None:
    """What was measured, what more rows would bring, what the goals need."""
    from modelyard.cli.plan import plan as planned

    context.obj = project
    if context.invoked_subcommand is None:
        planned(project, out, as_json)
    elif out is not None or as_json:
        raise _contradiction("plan", "--out" if out else "--json", "cli.expected_plan_alone")


@plan.command("curve", help=text("cli.plan_curve"))
@click.argument("project", required=False)
@click.option("--anchors", type=click.IntRange(6, 16), help=text("cli.plan_anchors"))
@click.option("--seeds", type=click.IntRange(1, 20), default=3, show_default=True, help=text("cli.plan_seeds"))
@click.option("--method", help=text("cli.plan_method"))
@click.option("--quiet", is_flag=True, help=text("cli.quiet"))
@click.pass_obj
def curve(folder: Path, project: str | None, anchors: int | None, seeds: int, method: str | None, quiet: bool) -> None:
    """Measure a learning curve on nested subsets of the training rows."""
    from modelyard.cli.plan import curve as measured

    measured(project or str(folder), anchors, seeds, method, quiet)


@plan.command("what-if", help=text("cli.plan_what_if"))
@click.argument("changes", metavar="KEY=VALUE ...", nargs=-1)
@click.pass_obj
def what_if(folder: Path, changes: tuple[str, ...]) -> None:
    """The same plan with other inputs."""
    from modelyard.cli.plan import what_if as compared

    compared(folder, changes)


@plan.command("why", help=text("cli.plan_why"))
@click.argument("goal")
@click.pass_obj
def why_goal(folder: Path, goal: str) -> None:
    """Every step from the points to the verdict."""
    from modelyard.cli.plan import why as explained

    explained(folder, goal)


@plan.command("diff", help=text("cli.plan_diff"))
@click.argument("one", metavar="A", type=click.Path(path_type=Path))
@click.argument("other", metavar="B", type=click.Path(path_type=Path))
def diff(one: Path, other: Path) -> None:
    """What differs in two plans."""
    from modelyard.cli.plan import diff as compared

    compared(one, other)


@plan.command("score", help=text("cli.plan_score"))
@click.pass_obj
def score(folder: Path) -> None:
    """How the forecasts did whose data arrived."""
    from modelyard.cli.plan import score as scored

    scored(folder)


@commands.group("runs", help=text("cli.runs"), invoke_without_command=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help=text("cli.runs_folder"))
@click.pass_context
def runs(context: click.Context, folder: Path) -> None:
    """List the runs of a project."""
    context.obj = Runs(folder / WORKSPACE)
    if context.invoked_subcommand is None:
        head = [
            text("cli.run_id"),
            text("cli.name"),
            text("cli.state"),
            text("cli.seconds"),
            text("cli.bundle_id"),
            text("cli.metrics"),
        ]
        rows = [
            [r.id, r.name, text(f"cli.state_{r.state}"), f"{r.seconds:.0f}", r.bundle[:12], _headline(r)]
            for r in context.obj.list()
        ]
        console.say(console.table(head, rows) if rows else text("store.fix_no_runs", folder=context.obj.workspace))


@runs.command("remove", help=text("cli.runs_remove"))
@click.argument("references", nargs=-1, required=True)
@click.pass_obj
def remove(found: Runs, references: tuple[str, ...]) -> None:
    """Delete runs."""
    for record in {record.id: record for record in map(found.find, references)}.values():
        found.remove(record)
        console.say(text("cli.removed", run=record.id))


@runs.command("clean", help=text("cli.runs_clean"))
@click.pass_obj
def clean(found: Runs) -> None:
    """Delete what no run uses."""
    console.say(text("cli.cleaned", size=f"{found.clean() / 1e6:,.1f}"))


@commands.command("schema", help=text("cli.schema"))
def schema() -> None:
    """JSON Schema of the project file, for editors."""
    from modelyard.core.json_schema import json_schema

    json.dump(json_schema(), sys.stdout, ensure_ascii=False, indent=1)
    console.say()


def _require(report: Report, required: bool) -> None:
    """End with the code that says what became of the goals, when that is asked for."""
    outcomes = {verdict.outcome for verdict in report.goals}
    code = GOAL_NOT_MET if "not met" in outcomes else GOAL_UNDECIDED if "undecided" in outcomes else 0
    if required and code:
        sys.exit(code)


def _contradiction(command: str, got: str, expected: str) -> ProjectError:
    return ProjectError(Mistake(f"modelyard {command}", got, text(expected)))


def _headline(record: Record) -> str:
    """The most telling metric of each target; `modelyard compare` shows them all."""
    firsts = {target: next(iter(numbers.items()), ("-", None)) for target, numbers in record.metrics.items()}
    return "  ".join(
        f"{target}: {name} {'-' if value is None else format(value, '.4f')}" for target, (name, value) in firsts.items()
    )
