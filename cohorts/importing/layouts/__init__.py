"""How platforms name what they hand out: one file for each platform, with the source of its naming.

A layout reads a path and returns the learner that it names; None where the path is not one of its own.
"""

from __future__ import annotations

from ....classroom.sources.units import Parts
from ..owner import NamedOwner
from . import blackboard, brightspace, canvas, moodle

_LAYOUTS = (moodle.read, canvas.read, blackboard.read, brightspace.read)


def read_platform(parts: Parts) -> NamedOwner | None:
    """The learner that a platform named in the first part of a path; None where no platform wrote it."""
    return next((owner for read in _LAYOUTS if (owner := read(parts))), None)
