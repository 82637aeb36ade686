"""Which platforms tfprep runs on: those that TensorFlow has releases for, except native Windows.

`make setup` runs this file by itself, with any Python 3: it is written in the language of Python 3.6.
"""

import platform
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)
"""Of Python, as in `requires-python` of pyproject.toml."""


def why_unsupported() -> str:
    """One sentence on why tfprep cannot run here; empty where it can."""
    if sys.platform == "win32":
        return "tfprep does not run on Windows itself: install WSL (`wsl --install`) and use it in there."
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        return f"tfprep needs Python 3.11, 3.12 or 3.13, as TensorFlow does; this is Python {found}."
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return "tfprep needs a Mac with Apple silicon. TensorFlow has no release for Intel Macs any more."
    if sys.platform not in ("linux", "darwin"):
        return f"tfprep runs on Linux, macOS and WSL; TensorFlow has no release for {sys.platform}."
    return ""


if __name__ == "__main__":
    sys.exit(why_unsupported() or None)
