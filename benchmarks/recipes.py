"""Every recipe as a user runs it: `modelyard init`, `modelyard run`, and what became of its goals.

Needs the data mirror (MODELYARD_DATA). Bars: no goal on quality is *not met*, and bundles of at most 10 MB. The goals
were set from out-of-fold numbers of the rows that train (of claim fraud: from the year before the test), never from
the test rows. With `--readme yes` the tables are written into the recipes' READMEs in both languages; `--only
finance/credit-risk` runs one of them and writes no JSON.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from common import DATA, Measured, options, report

import modelyard
from modelyard.core import messages
from modelyard.core.verdicts import verdict_words
from modelyard.evaluate.words import standing_words
from modelyard.prepare import recipe

HEADS = {"en": ("goal", "verdict", "measured"), "zh": ("目标", "结论", "测得")}
ABOUT = {
    "en": "Measured with `modelyard run` as the recipe stands{where}; {method}, {wall:.0f} s on two shared cores.",
    "zh": "按配方原样 `modelyard run` 测得{where}；选中的方法为 {method}。共享的双核用时 {wall:.0f} 秒。",
}
WHERE = {
    "en": {"test": ", on {rows:,} test rows", "folds": ", on all {rows:,} rows by repeated cross-validation"},
    "zh": {"test": "，测试行 {rows:,} 行", "folds": "，全部 {rows:,} 行，重复交叉验证"},
}
BEGIN, END = "<!-- measured: written by benchmarks/recipes.py -->", "<!-- end -->"


def main() -> None:
    """Run them all."""
    chosen = options(__doc__, only="one recipe", readme="write the READMEs")
    os.environ.setdefault("MODELYARD_DATA", str(DATA))
    found = {name: measure(name, bool(chosen.readme)) for name in recipe.names() if chosen.only in (None, name)}
    if chosen.only:
        return
    rows = [row for name, (facts, _) in found.items() for row in _rows(name, facts)]
    report(
        rows,
        chosen.out,
        recipes={name: facts for name, (facts, _) in found.items()},
        test_scored="once for each commit of these numbers; no option was chosen by them",
    )


def measure(name: str, readme: bool) -> tuple[dict[str, Any], modelyard.Run]:
    """One recipe: what it came to."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name.replace("/", "-")
        recipe.write(name, folder)
        began, processor = time.monotonic(), time.process_time()
        run = modelyard.run(folder)
        wall, processor = time.monotonic() - began, time.process_time() - processor
        target = run.report.targets[0]
        facts = {
            "wall_seconds": round(wall, 1),
            "cpu_seconds": round(processor, 1),
            "method": target.method,
            "rows": target.rows,
            "measured_on": run.report.split,
            "bundle_mb": run.report.cost.bundle_mb.value if run.report.cost else None,
            "ladder": {step.method: step.loss for step in target.ladder},
            "goals": [
                {
                    "goal": goal.goal,
                    "target": goal.target,
                    "outcome": goal.outcome,
                    "value": goal.number.value,
                    "interval": goal.number.interval,
                }
                for goal in run.report.goals
            ],
        }
        print(f"{name}: {target.method}, {wall:.0f} s")
        for goal in run.report.goals:
            print(f"  {goal.outcome:<10} {goal.goal:<45} {verdict_words(goal)}")
        if readme:
            _write_tables(name, run, facts)
        return facts, run


def _rows(name: str, facts: dict[str, Any]) -> list[Measured]:
    """Latency has no bar here: it is measured on a calm machine by `prediction.py`."""
    about = [goal for goal in facts["goals"] if goal["target"]]
    missed = sum(goal["outcome"] == "not met" for goal in about)
    return [
        Measured(f"{name}: goals on quality that are not met, of {len(about)}", missed, "", "<= 0"),
        Measured(f"{name}: bundle", facts["bundle_mb"], "MB", "<= 10"),
        Measured(f"{name}: wall time", facts["wall_seconds"], "s"),
    ]


def _write_tables(name: str, run: modelyard.Run, facts: dict[str, Any]) -> None:
    """What was measured, into both READMEs."""
    for language, file in (("en", "README.md"), ("zh", "README.zh-CN.md")):
        messages.use(language)
        heads = HEADS[language]
        where = WHERE[language][facts["measured_on"]].format(rows=facts["rows"])
        lines = [
            ABOUT[language].format(where=where, method=f"`{facts['method']}`", wall=facts["wall_seconds"]),
            "",
            f"| {' | '.join(heads)} |",
            "|---|---|---|",
            *(
                f"| `{goal.goal}` | {standing_words(goal)} | {verdict_words(goal)} |"
                for goal in run.report.goals
                if goal.target
            ),
        ]
        readme = recipe.ROOM / name / file
        before, _, rest = readme.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        readme.write_text("\n".join([f"{before}{BEGIN}", *lines, f"{END}{after}"]), "utf-8")
    messages.use(None)


if __name__ == "__main__":
    main()
