"""Learners' pages for Canvas: a zip for each problem, which its assignment takes as "Re-Upload Submissions".

Canvas has no other way to take comments from files. Of each file in the zip it reads the name that it gave to
what was handed in, "lovelaceada_4711_98765_mymodel.h5": the ids of the person and of the file tell whose
submission gets it as a comment, and it is shown there under the name of the file that was handed in. A file
whose ids it does not know is passed over. So only what was graded from Canvas's own download can have a page,
and what was typed into Canvas cannot.

Source: `generate_comments_from_files` and `infer_comment_context_from_filename` in
`app/models/abstract_assignment.rb` of instructure/canvas-lms.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ...cohorts import Cohort, LearnerResult, Result
from ...cohorts.gradebook.claims import claim, is_used
from ...cohorts.importing.layouts.canvas import ids_in


@dataclass(frozen=True)
class CommentFiles:
    """Zips by their names, and what a mentor should know of them."""

    zips: Mapping[str, bytes]
    notes: tuple[str, ...]


def comment_files(cohort: Cohort, pages: Mapping[str, bytes]) -> CommentFiles:
    """A zip for each problem that was graded from Canvas's download; none where the roster is not Canvas's.

    What a group handed in has no page: Canvas would show one member's to all of them.

    Args:
        cohort: the results.
        pages: each learner's page, by the learner's id.
    """
    if not cohort.learners or not all(_is_canvas(one) for one in cohort.learners):
        return CommentFiles({}, ())
    zips, without = {}, []
    for problem in cohort.problems:
        names = _names(cohort, problem)
        files = {name: pages[learner] for learner, name in names.items() if learner in pages}
        if files:
            zips[f"canvas-comments-{problem}.zip"] = _packed(files)
        elif is_used(cohort, problem):
            without.append(problem)
    notes = []
    if zips:
        notes.append(
            "Canvas shows a page of canvas-comments-….zip under the name of the file that was handed in, "
            "such as mymodel.h5. Tell your learners to open it in a browser."
        )
    if without and pages:
        notes.append(
            f"There are no comments for Canvas on {', '.join(without)}: Canvas takes pages only under the "
            "names of its own download (Download Submissions), and these were not graded from one."
        )
    return CommentFiles(zips, tuple(notes))


def _names(cohort: Cohort, problem: str) -> dict[str, str]:
    """By learner: what the page must be called in Canvas's zip. Nobody of a group is among them."""
    found, numbers = {}, {one.learner.id: one.learner.columns["ID"] for one in cohort.learners}
    for one in cohort.learners:
        result = next(each for each in one.results if each.problem == problem)
        if claim(cohort, one.learner.id, result) is not None:
            found[one.learner.id] = _ids(cohort, one, result)
    several = Counter(prefix for prefix, _ in found.values())
    return {
        learner: f"{prefix}_feedback.html"
        for learner, (prefix, person) in found.items()
        if prefix and several[prefix] == 1 and person in ("", numbers[learner])
    }


def _ids(cohort: Cohort, one: LearnerResult, result: Result) -> tuple[str, str]:
    """What Canvas wrote before the name of the file that counts, and the person's id in it; as `ids_in`."""
    if result.counted is None:
        return "", ""
    place = cohort.places.get((one.learner.id, result.problem, result.counted.digest), "")
    names = (ids_in(part) for part in place.split("/"))
    return next((found for found in names if found[0]), ("", ""))


def _is_canvas(one: LearnerResult) -> bool:
    columns = one.learner.columns
    return "ID" in columns and "Section" in columns


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
