"""The command line: parse, call, print. Everything it can do can be done from Python too."""

from __future__ import annotations

import sys

from modelyard.cli.commands import commands
from modelyard.core.errors import UserError
from modelyard.core.messages import text

USER_ERROR = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command line; a mistake of the user's ends with code 2 and a message that tells how to mend it."""
    try:
        commands(prog_name="modelyard", standalone_mode=True)
    except UserError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(USER_ERROR)
    except (KeyboardInterrupt, BrokenPipeError):
        print(text("cli.interrupted"), file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)


__all__ = ["commands", "main"]
