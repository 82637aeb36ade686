"""The public data of a problem, packed to be sent beside a script."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from ...errors import SandboxUnavailable


def pack_public(script: bytes, public: Path) -> bytes:
    """A script and the public data as one zip: script.py, and the regular files of the folder below data/."""
    buffer = io.BytesIO()
    try:
        # A file may be dated before 1980, where a zip's dates begin.
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
            archive.writestr("script.py", script)
            for path in sorted(public.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    archive.write(path, f"data/{path.relative_to(public).as_posix()}")
    except (OSError, ValueError) as error:
        raise SandboxUnavailable(
            f"The public data in {public} could not be read: {error}", "Run `tfprep data fetch` again."
        ) from error
    return buffer.getvalue()
