"""The `tfprep` command: its root group, and what becomes of an error. The commands stand in `commands/`.

Exit codes: 0 passed, 1 not yet, 2 misuse, 3 our fault, 130 interrupted.
"""

from __future__ import annotations

import sys
import traceback
from typing import Never

import click

from . import __version__
from .commands import add_commands
from .commands.context import say
from .commands.exam import settle_overdue
from .errors import INTERRUPTED, OUR_FAULT, PASSED, TfprepError


def main() -> Never:
    """Run the command line; the process's exit code says whose turn it is."""
    try:
        code = tfprep.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted. Nothing was recorded.", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Exception as error:  # noqa: BLE001 the exit code must say that it was us, whatever happened
        code = _explain(error)
    sys.exit(code or PASSED)


def _explain(error: Exception) -> int:
    """One sentence for an error we know, the traceback for one we do not; and whose fault it was."""
    if not isinstance(error, TfprepError):
        traceback.print_exception(error)
        say(
            "This is a fault in tfprep. What was recorded before it is kept: `tfprep history` shows it. "
            "Please report the lines above."
        )
        return OUR_FAULT
    say(str(error))
    if error.exit_code == OUR_FAULT:
        say("No submission is at fault: no attempt was used, and what was recorded before is kept.")
    return error.exit_code


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def tfprep() -> None:
    """Practice for the TensorFlow developer certificate.

    Start a problem, train a model in its starter file, submit it, and learn why it scored what it did.
    """
    settle_overdue()


add_commands(tfprep)


if __name__ == "__main__":
    main()
