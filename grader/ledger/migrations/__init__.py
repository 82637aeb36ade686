"""How the ledger's tables came to be, step by step (alembic). `HEAD` is the newest step."""

from typing import Final

HEAD: Final = "0005"
