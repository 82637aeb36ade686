"""The practice exam at home, and a mentor's: hidden labels and the verdict stay with the one who examines.

For everybody who takes one:
learner_service.py  starts an exam, decides what may be graded now, gives lost time back
admission.py      what `tfprep submit` is admitted as: a part of the exam, or practice
endings.py        ends it: finished, time up, abandoned; and what is handed in
grading.py        grades what is submitted at home, all in one sandbox
request.py        what an exam is started from
running_exams.py  the machine's clocks, and the file by which every command knows whether an exam is over
result.py         the result of a practice exam: points, and what would have made the difference

Between a mentor and a learner:
config.py         a mentor's rules for one learner, signed
exam_pack.py      makes and opens packs
hand_in.py        makes and opens hand-ins

For a mentor:
opening.py        opens a folder of hand-ins, whatever lies in it
other_owner.py    under whose name a platform put a file
common_rules.py   whether everybody's rules are the same
checks.py         what speaks against one, and what to know of it
hand_in_grader.py  runs the models; exam_data.py: what each is asked; measured.py: what came of it before
certifying.py     fills in certificates
outcome.py    what came of it
certificate.py    what is signed in the end
mentor_service.py  all of that for a cohort, in one function

Here nothing of it is imported: who practises needs none, and every command asks whether an exam is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..grader.ledger import Ledger
    from ..grader.services import Practice


def check_admission(ledger: Ledger, home: Path, learner: str, places: Sequence[Path]) -> Practice:
    """The conditions on which `tfprep check` grades: as practice, and nothing of an exam that runs.

    Args:
        ledger: an open ledger.
        home: the folder with the file that names the exams running on this machine.
        learner: whose running exams forbid it.
        places: the model's path and the current folder.

    Raises:
        ExamError: a place lies in the folder of a running exam.
        LedgerUnavailable: the database failed.
    """
    if not ledger.has_running_exam():
        from ..grader.services import Practice

        return Practice(learner)
    from .learner_service import ExamService

    return ExamService(ledger, home).check_admission(places, learner)
