"""The command line: parse, call, print. Everything it can do can be done from Python too."""

from __future__ import annotations

import os
import sys
from itertools import pairwise

import click

from modelyard.core import messages
from modelyard.core.errors import ProjectError, UserError
from modelyard.core.messages import text

USER_ERROR = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command line; a mistake of the user's ends with code 2 and a message that tells how to mend it."""
    _speak(sys.argv)
    from modelyard.cli import usage  # after the language is known: help is read when commands are made
    from modelyard.cli.commands import commands

    try:
        commands(prog_name="modelyard", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        _end(error.format_message(), USER_ERROR)
    except click.UsageError as error:
        _end(str(ProjectError(usage.mistake(error))), USER_ERROR)
    except UserError as error:
        _end(str(error), USER_ERROR)
    except (click.Abort, KeyboardInterrupt):
        _end(text("cli.interrupted"), INTERRUPTED)
    except BrokenPipeError:  # whoever read the answers has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _speak(arguments: list[str]) -> None:
    """Set the language that `--lang` asks for."""
    for word, value in pairwise([part for argument in arguments for part in argument.split("=", 1)]):
        if word == "--lang" and value in messages.LANGUAGES:
            messages.use(value)


def _end(words: str, code: int) -> None:
    print(words, file=sys.stderr)  # noqa: T201 - this is the command line
    sys.exit(code)
