"""Commands by the names that other tools give them, answered with the name here."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from modelyard.cli.usage import Command, Context, quotable, told
from modelyard.core import plugins
from modelyard.core.errors import Mistake, ProjectError
from modelyard.core.messages import text

SYNONYMS = {
    "fit": "run", "train": "run", "build": "run", "start": "run", "experiment": "run",
    "test": "evaluate", "score": "evaluate", "eval": "evaluate",
    "export": "run", "package": "run", "save": "run",
    "infer": "predict", "inference": "predict", "batch": "predict",
    "validate": "check", "lint": "check", "new": "init", "create": "init", "host": "serve", "up": "serve",
    "list": "runs", "ls": "runs", "history": "runs", "leaderboard": "runs",
    "diff": "compare", "remove": "runs remove", "delete": "runs remove",
    "rm": "runs remove",
    "roadmap": "plan", "forecast": "plan", "curve": "plan curve",
}  # fmt: skip


class Commands(click.Group):
    """A group that lists commands in the order of the pipeline and knows other tools' words."""

    context_class = Context
    command_class = Command
    group_class = type

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read its own options, and the name of a command."""
        with quotable(ctx, args):
            return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, told in the language in use."""
        return told(super().get_help_option(ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order they were written."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of that name.

        Raises:
            ProjectError: There is none; the word to use is named.
        """
        word = args[0]
        if word in self.commands or word.startswith("-"):
            return super().resolve_command(ctx, args)
        right = SYNONYMS.get(word.lower())
        key = f"cli.word_{word}" if word in ("test", "export") else "cli.use_word"
        known = text(key, word=right) if right else plugins.nearest(word, list(self.commands))
        fix = known or self._as_project(ctx, word)
        expected = text("project.expected_one_of", names=", ".join(self.commands))
        raise ProjectError(Mistake(ctx.command_path, word, expected, fix))

    def _as_project(self, ctx: click.Context, word: str) -> str:
        """How a folder is written that stands where a command does; nothing where none is taken."""
        takes = any("--project" in param.opts for param in self.params)
        return f"{ctx.command_path} --project {shlex.quote(word)}" if takes and Path(word).is_dir() else ""
