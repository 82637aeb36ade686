"""What can go wrong with a ledger's database, as sentences: of SQLite and of PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ...errors import LedgerUnavailable

Sentences = tuple[str, str]
"""What happened, and what to do."""

NOT_A_LEDGER: Final = "A ledger is kept in SQLite or PostgreSQL, and nowhere else."
EXAMPLES: Final = (
    "Set TFPREP_LEDGER to the path of a file, or to an address such as "
    "postgresql://user@host/database. In it, write @ : / # % of a password as %40 %3A %2F %23 %25."
)
_SQLITE: Final[Mapping[str, Sentences]] = {
    "SQLITE_FULL": ("The disk is full.", "Make room, then submit again."),
    "SQLITE_BUSY": ("Another program keeps the ledger locked.", "Close it, then submit again."),
    "SQLITE_READONLY": ("The ledger may not be written.", "Give yourself write access to it and its folder."),
    "SQLITE_CANTOPEN": ("The ledger cannot be opened.", "See whether its folder exists and may be written."),
    "SQLITE_PERM": ("The ledger may not be opened.", "Give yourself access to it and its folder."),
    "SQLITE_NOTADB": ("The ledger's file is not a database.", "Move it away; a new one is made."),
    "SQLITE_CORRUPT": (
        "The ledger is damaged.",
        "Restore it from a backup, or move it away: a new one is made.",
    ),
    "SQLITE_IOERR": ("The disk failed while the ledger was used.", "Check the disk, then submit again."),
}
"""By SQLite's own result codes."""
_PASSWORD: Final = (
    "PostgreSQL refused the user name or the password.",
    "Correct them in TFPREP_LEDGER, or in ~/.pgpass.",
)
_DATABASE: Final = (
    "The PostgreSQL server has no database of this name.",
    "Make it with `createdb`, or correct the name in TFPREP_LEDGER.",
)
_FULL_HOUSE: Final = (
    "The PostgreSQL server has too many connections.",
    "Run the command again in a minute. If it stays so, raise the server's max_connections.",
)
_LOST: Final = (
    "The connection to the PostgreSQL server was lost.",
    "See whether the server runs, then run the command again.",
)
_STARTING: Final = (
    "The PostgreSQL server is starting or stopping.",
    "Run the command again in a minute.",
)
_BUSY: Final = (
    "Another program keeps the ledger locked.",
    "Wait until it has finished, then run the command again.",
)
_DISK: Final = ("The disk of the PostgreSQL server failed.", "Ask who runs the server to check its disk.")
_DAMAGED: Final = (
    "The ledger is damaged.",
    "Ask who runs the PostgreSQL server to restore it from a backup.",
)
_NO_UTF_8: Final = (
    "The PostgreSQL database cannot store every letter: it is not in UTF-8.",
    "Make one with `createdb --encoding UTF8 --template template0`, and move the ledger there.",
)
_POSTGRESQL: Final[Mapping[str, Sentences]] = {
    "28": _PASSWORD,
    "3D000": _DATABASE,
    "42501": (
        "PostgreSQL does not let this user make or change the ledger's tables.",
        "Make this user the owner of the database: ALTER DATABASE name OWNER TO user.",
    ),
    "53100": ("The disk of the PostgreSQL server is full.", "Make room there, then run the command again."),
    "53200": ("The PostgreSQL server has no memory left.", "Run the command again in a minute."),
    "53300": _FULL_HOUSE,
    "08": _LOST,
    "57P03": _STARTING,
    "57P": _LOST,
    "25P03": _LOST,
    "25006": (
        "The PostgreSQL server takes nothing to store: it is a copy of another one, or set to be read only.",
        "Name the server that is written in TFPREP_LEDGER.",
    ),
    "55P03": _BUSY,
    "40": _BUSY,
    "57014": ("The PostgreSQL server stopped what took too long.", "Raise its statement_timeout."),
    "58": _DISK,
    "22P05": _NO_UTF_8,
    "22021": _NO_UTF_8,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""By the beginning of PostgreSQL's SQLSTATE (its manual, appendix A): the longest one that fits."""
_WHILE_CONNECTING: Final[tuple[tuple[str, Sentences], ...]] = (
    (r"password authentication failed|no password supplied|role \".*\" does not exist", _PASSWORD),
    (
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
        (
            "The PostgreSQL server lets nobody in from this machine, or not this user.",
            "Ask who runs the server to add a line for it to pg_hba.conf.",
        ),
    ),
    (r"database \".*\" does not exist", _DATABASE),
    (r"too many (clients|connections)|connection slots are reserved", _FULL_HOUSE),
    (r"database system is (starting up|shutting down|in recovery|not yet accepting)", _STARTING),
    (
        r"failed to resolve host|could not translate host name",
        ("There is no host of this name on the network.", "Correct the host in TFPREP_LEDGER."),
    ),
    (
        r"Connection refused|No such file or directory",
        (
            "No PostgreSQL server answers the connection at this address.",
            "Start it, or correct the host and the port in TFPREP_LEDGER.",
        ),
    ),
    (
        r"timeout expired|timed out|No route to host|Network is unreachable",
        (
            "The PostgreSQL server cannot be reached: there was no answer to the connection in time.",
            "See whether the network and a firewall let this machine reach the host in TFPREP_LEDGER.",
        ),
    ),
    (r"closed the connection unexpectedly|connection .*(lost|closed)|terminating connection", _LOST),
    (
        r"invalid (connection|URI) ",
        (
            "TFPREP_LEDGER has a parameter that PostgreSQL does not know.",
            "Correct what stands behind its `?`.",
        ),
    ),
)
"""By the words of libpq and of an English server: it gives no code before it lets somebody in."""
_OTHER: Final = "See whether its server runs, and whether TFPREP_LEDGER names it rightly."


def named(error: BaseException | None) -> LedgerUnavailable | None:
    """What a driver's own error means to the person at the keyboard; None for one that is no known fault."""
    sentences = _SQLITE.get("_".join(getattr(error, "sqlite_errorname", "").split("_")[:2]))
    state = getattr(error, "sqlstate", None) or ""
    for length in (5, 3, 2) if state else ():
        sentences = sentences or _POSTGRESQL.get(state[:length])
    if sentences is None and not state:
        said = str(error)
        sentences = next((each for words, each in _WHILE_CONNECTING if re.search(words, said)), None)
    return None if sentences is None else LedgerUnavailable(*sentences)


def unknown(error: BaseException | None) -> LedgerUnavailable:
    """A database's fault that has no sentence of its own: in the database's words."""
    return LedgerUnavailable(f"The ledger cannot be used: {' '.join(str(error).split())}", _OTHER)
