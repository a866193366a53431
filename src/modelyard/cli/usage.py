"""What click says by itself, in the user's words: the headings of help, and mistakes on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from modelyard.core import plugins
from modelyard.core.errors import Mistake
from modelyard.core.messages import text

_WORDS = f"{__name__}.words"
HEADINGS = {"Options": "cli.heading_options", "Commands": "cli.heading_commands"}


class Formatter(click.HelpFormatter):
    """Help whose headings are in the language in use."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line that shows how a command is written."""
        super().write_usage(prog, args, prefix or text("cli.heading_usage"))

    def write_heading(self, heading: str) -> None:
        """The line above a list."""
        super().write_heading(text(HEADINGS[heading]) if heading in HEADINGS else heading)


class Context(click.Context):
    """Where commands run; it knows how help is written."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose help is in the language in use."""

    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words after its name."""
        with quotable(ctx, args):
            return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, told in the language in use."""
        return told(super().get_help_option(ctx))


@contextmanager
def quotable(context: click.Context, words: list[str]) -> Iterator[None]:
    """Where words are read: click's exceptions hold no value, and not all of them know where they come from."""
    context.meta[_WORDS] = tuple(words)
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or context
        raise


def told(option: click.Option | None) -> click.Option | None:
    """The option `--help` with its help."""
    if option is not None:
        option.help = text("cli.help_option")
    return option


def mistake(error: click.UsageError) -> Mistake:
    """What click refuses, as every other mistake is told."""
    context = error.ctx
    if context is None:
        return Mistake("modelyard", error.format_message(), "modelyard --help")
    place, command = context.command_path, context.command
    if isinstance(error, click.NoSuchOption):
        names = [name for param in command.get_params(context) for name in param.opts if name.startswith("-")]
        expected = text("project.expected_one_of", names=", ".join(names))
        return Mistake(place, error.option_name, expected, plugins.nearest(error.option_name, names))
    usage = " ".join([place, *command.collect_usage_pieces(context)])
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = error.param.make_metavar(context)
        return Mistake(place, text("cli.got_no_argument", name=name), usage)
    if isinstance(error, click.BadOptionUsage):
        takes = any(error.option_name in param.opts and not _is_flag(param) for param in command.get_params(context))
        got = text("cli.got_no_value" if takes else "cli.got_value", name=error.option_name)
        return Mistake(place, got, usage)
    values, beyond, _ = command.make_parser(context).parse_args(list(context.meta.get(_WORDS, ())))
    if isinstance(error, click.BadParameter) and error.param is not None:
        name, got = error.param.opts[0], repr(values.get(error.param.name))
        return Mistake(f"{place} {name}", got, _expected(error.param.type))
    got = text("cli.got_beyond", words=" ".join(beyond)) if beyond else error.format_message()
    return Mistake(place, got, usage)


def _is_flag(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and param.is_flag


def _expected(kind: click.ParamType[object]) -> str:
    """What an option of that kind may be."""
    if isinstance(kind, click.Choice):
        return text("project.expected_one_of", names=", ".join(str(choice) for choice in kind.choices))
    if isinstance(kind, click.IntRange):
        least, most = ("" if bound is None else str(bound) for bound in (kind.min, kind.max))
        return text("cli.expected_whole", least=least, most=most)
    return kind.name
