"""An exam's pass mark and times, for whoever needs no more of a result. It loads nothing heavy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..grader.records.exam import ExamSession

TO_PASS: Final = 90
"""Points of a hundred."""


def time_by_category(session: ExamSession) -> dict[str, float]:
    """Seconds by problem: the time since the submission before, whichever that was, is the submission's."""
    seconds = {category.problem: 0.0 for category in session.plan.categories}
    before = 0.0
    for entry in session.submissions:
        if not entry.automatic:
            seconds[entry.problem] += max(0.0, entry.at.total_seconds() - before)
            before = max(before, entry.at.total_seconds())
    return {problem: round(spent, 1) for problem, spent in seconds.items()}


def in_words(time: timedelta) -> str:
    """For example "4 h 05 min", "12 min 30 s", "12 min" or "40 s"."""
    seconds = round(time.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    if seconds % 60 == 0 and minutes:
        return f"{minutes} min"
    return f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"
