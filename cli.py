"""The `tfprep` command: its options, and what becomes of an error. The commands are in `commands/`.

Exit codes: 0 passed, 1 not yet, 2 misuse, 3 our fault, 130 interrupted.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import platform
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn, TextIO

import click

from . import __version__
from .commands import COMMANDS, FOR_MENTORS, LazyGroup
from .commands.context import lost_output, open_output, say
from .errors import (
    INTERRUPTED,
    OUR_FAULT,
    PASSED,
    BadWorkspace,
    Misuse,
    TfprepError,
    UnsupportedPlatform,
    explained,
)
from .home import RUNNING_EXAMS, Home
from .languages import ENGLISH, LANGUAGES, chosen, use
from .logs import log_file, start_logging
from .platforms import why_unsupported

_RIGHTS: Final = "Give yourself access to it, or choose another place."
_SPACE: Final = "Make room, then run the command again."
_PLACE: Final = "Choose another place."
_BUSY: Final = "Close other programs, then run the command again."
_DISK: Final = "Check the disk, then run the command again."
_SURROUNDINGS: Final = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _RIGHTS),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _SPACE),
    **dict.fromkeys((errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP), _PLACE),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE, errno.ENOMEM), _BUSY),
    **dict.fromkeys((errno.EIO, errno.ESTALE), _DISK),
}
"""What to do about an error of the system that no command foresaw: of a file, and of nobody's code."""
logger = logging.getLogger(f"{__package__}.cli")  # `python -m` calls this module "__main__"


def main() -> NoReturn:
    """Run the command line; the exit code is as above."""
    open_output()
    code = _run()
    if reason := lost_output():
        say(f"What this command printed could not be written: {reason}. What it recorded is kept.")
        code = code or OUR_FAULT
    sys.exit(code)


def _run() -> int:
    try:
        _speak(chosen(os.environ))
        if reason := why_unsupported():
            raise UnsupportedPlatform(reason)
        _require_plain_names(sys.argv[1:])
        return int(tfprep.main(standalone_mode=False) or PASSED)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else OUR_FAULT if error.code else PASSED
    except click.exceptions.Abort:
        say("Interrupted. What was recorded before is kept.")
        return INTERRUPTED
    except click.ClickException as error:
        shown_by_click = io.StringIO()
        error.show(shown_by_click)
        say(shown_by_click.getvalue().rstrip("\n"))
        return error.exit_code
    except Exception as error:  # noqa: BLE001 the exit code must say that it was us, whatever happened
        return _explain(error)


def _speak(language: str) -> None:
    """Show everything in this language, where the terminal can write it. English loads nothing."""
    writable = all(_can_write(LANGUAGES[language], stream) for stream in (sys.stdout, sys.stderr))
    use(language if writable else ENGLISH)
    if language != ENGLISH and writable:
        from .commands.help_in_language import put_help_into_language

        put_help_into_language()


def _can_write(name: str, stream: TextIO | None) -> bool:
    """Whether a language's own name is written in characters that a stream's encoding has."""
    try:
        name.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


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
    _require_folder()
    home = Home.find()
    start_logging(home.logs, level or "")
    logger.debug("tfprep %s, %s, Python %s", __version__, ctx.invoked_subcommand, platform.python_version())
    _end_overdue_exams(home)
    if ctx.invoked_subcommand in FOR_MENTORS:
        use(ENGLISH)


def _require_plain_names(arguments: Sequence[str]) -> None:
    """A message names the file that it is about: a name may not pretend to be another line of it."""
    for each in arguments:
        is_plain = all(" " <= c < "\x7f" or c > "\x9f" for c in each)
        if not is_plain and os.path.lexists(each):
            raise Misuse(
                f"The name of the file {each!r} holds a line end or another control character.",
                "It could pretend to be a message of tfprep. Rename the file.",
            )


def _require_folder() -> None:
    """Every command looks around in the current folder, which another program may have removed."""
    try:
        Path.cwd()
    except OSError as error:
        raise BadWorkspace(
            "The current folder is not there any more.", "Go to another one, with `cd`."
        ) from error


def _end_overdue_exams(home: Home) -> None:
    """Before any command: end every exam of this home whose time is up."""
    if os.access(home.root / RUNNING_EXAMS, os.R_OK):
        from .commands.exam import end_overdue

        end_overdue()


def _explain(error: Exception) -> int:
    """One sentence for an error we know, the traceback for one we do not. Gives the exit code.

    Where the fault is ours the log gets the traceback too, and the message names the log's file.
    """
    if isinstance(error, TfprepError) and error.exit_code != OUR_FAULT:
        say(str(error))
        return error.exit_code
    logger.error("tfprep %s on %s failed", __version__, platform.platform(), exc_info=error)
    if sentence := str(error) if isinstance(error, TfprepError) else _of_surroundings(error):
        say(sentence)
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


def _of_surroundings(error: Exception) -> str:
    """A sentence for what the disk, the rights or a file's name do to any command; empty for all else."""
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        return (
            "The name of a file or a learner is not in UTF-8, so it cannot be stored. Give it another name."
        )
    if isinstance(error, OSError) and error.errno in _SURROUNDINGS:
        return f"A file cannot be used: {explained(error)}. {_SURROUNDINGS[error.errno]}"
    return ""


if __name__ == "__main__":
    main()
