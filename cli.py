"""The `tfprep` command: its options, and what becomes of an error. The commands are in `commands/`.

Exit codes: 0 passed, 1 not yet, 2 misuse, 3 our fault, 130 interrupted.
"""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from typing import NoReturn

import click

from . import __version__
from .commands import COMMANDS, LazyGroup
from .commands.context import say
from .errors import INTERRUPTED, OUR_FAULT, PASSED, TfprepError, UnsupportedPlatform
from .home import RUNNING_EXAMS, Home
from .logs import log_file, start_logging
from .platforms import why_unsupported

logger = logging.getLogger(f"{__package__}.cli")  # `python -m` calls this module "__main__"


def main() -> NoReturn:
    """Run the command line; the exit code is as above."""
    try:
        if reason := why_unsupported():
            raise UnsupportedPlatform(reason)
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


@click.group(
    cls=LazyGroup,
    places=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__)
@click.option("--verbose", "level", flag_value="info", help="Show on standard error what is being done.")
@click.option("--debug", "level", flag_value="debug", help="Show more of it, for a report about a fault.")
@click.pass_context
def tfprep(ctx: click.Context, level: str | None) -> None:
    """Practice for the TensorFlow developer certificate.

    Start a problem, train a model in its starter file, submit it, and learn why it scored what it did.
    """
    home = Home.find()
    start_logging(home.logs, level or "")
    logger.debug("tfprep %s, %s, Python %s", __version__, ctx.invoked_subcommand, platform.python_version())
    _end_overdue_exams(home)


def _end_overdue_exams(home: Home) -> None:
    """Before any command: end every exam of this home whose time is up."""
    if (home.root / RUNNING_EXAMS).is_file():
        from .commands.exam import settle_overdue

        settle_overdue()


def _explain(error: Exception) -> int:
    """One sentence for an error we know, the traceback for one we do not. Gives the exit code.

    Where the fault is ours the log gets the traceback too, and the message names the log's file.
    """
    if isinstance(error, TfprepError) and error.exit_code != OUR_FAULT:
        say(str(error))
        return error.exit_code
    logger.error("tfprep %s on %s failed", __version__, platform.platform(), exc_info=error)
    if isinstance(error, TfprepError):
        say(str(error))
        say("No submission is at fault: no attempt was used, and what was recorded before is kept.")
    else:
        traceback.print_exception(error)
        say(
            "This is a fault in tfprep. What was recorded before it is kept: `tfprep history` shows it. "
            "Please report the lines above."
        )
    if log := log_file():
        say(f"Details are in {log}.")
    return OUR_FAULT


if __name__ == "__main__":
    main()
