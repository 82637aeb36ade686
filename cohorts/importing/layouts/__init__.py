"""How platforms name what they hand out: one file for each platform, with the source of its naming.

A layout reads a path and returns the learner that it names; None where the path is not one of its own. To add
a platform, write its file with such a `read`, and enter it in `_LAYOUTS`.

Three tell the learner otherwise, and are asked where that stands: `gradescope` in a list beside the files
(`importing.py`), `teams` in the folders around a file, and `drive` in the file's own name (`path_owner.py`).
"""

from __future__ import annotations

from ....classroom.sources.units import Parts
from ..owner import NamedOwner
from . import blackboard, brightspace, canvas, moodle

_LAYOUTS = (moodle.read, canvas.read, blackboard.read, brightspace.read)


def read_platform(parts: Parts) -> NamedOwner | None:
    """The learner that a platform named in the first part of a path; None where no platform wrote it."""
    return next((owner for read in _LAYOUTS if (owner := read(parts))), None)
