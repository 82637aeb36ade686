"""Moodle: an assignment's "Download all submissions".

Ada Lovelace_12345_assignsubmission_file/mymodel.h5       in folders; older releases write `…_file_/`
Ada Lovelace_12345_assignsubmission_file_mymodel.h5       without
Participant_12345_assignsubmission_file/…                 blind: the language's word for a participant
Team Rocket_7_assignsubmission_file/…                     a team: its name, and the GROUP's number
Default group_assignsubmission_file/…                     those who are in no team
Team Rocket-Ada Lovelace_12345_assignsubmission_file/…    a team before Moodle 4.1: a copy for each member
Ada Lovelace_12345_assignsubmission_onlinetext/…html      what was typed

Source: mod_assign, classes/downloader.php (`get_student_prefix`, `load_submissionplugin_filelist`); before
4.1 locallib.php (`download_submissions`).
"""

from __future__ import annotations

from typing import Final

from ....classroom.sources.units import Parts
from ..owner import NamedBy, NamedOwner

_MARK: Final = "_assignsubmission_"


def read(parts: Parts) -> NamedOwner | None:
    """The learner or team in Moodle's prefix."""
    prefix, mark, rest = parts[0].partition(_MARK)
    kind, _, file = rest.partition("_")
    inner = (file, *parts[1:]) if file else parts[1:]
    if not (prefix and mark and kind.isalpha() and inner):
        return None
    name, _, number = prefix.rpartition("_")
    if not (number.isascii() and number.isdigit() and name):
        name, number = prefix, ""
    return NamedOwner(NamedBy.MOODLE, name, number, inner, is_text=kind != "file")
