"""A batch that is killed again and again comes to what an undisturbed one comes to; nothing counts twice."""

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest

from tfprep.classroom.deadlines import Deadlines
from tfprep.classroom.rules import AttemptPolicy, CohortRules, ProblemRules
from tfprep.cohorts import Cohort, Result
from tfprep.grader import Record
from tfprep.grader.ledger import Ledger
from tfprep.grader.scoring.card import Timings
from tfprep.problems import find
from tfprep.reports.cohort.exports import gradebook_rows
from tfprep.reports.cohort.results_json import results_json

from ..kills import KILLS, random_moments
from .results import read_cohort
from .text_models import TextFile, hand_in

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIZE = 60
RULES = CohortRules(
    name="spring",
    problems=(ProblemRules(find("2"), 1.0),),
    attempts=AttemptPolicy.LAST,
    deadlines=Deadlines(NOON),
)

CHILD = textwrap.dedent(
    """
    import sys
    sys.path[:0] = {paths!r}
    from pathlib import Path
    from tests.cohorts.text_models import make_setup
    from tests.cohorts.test_kill import everyone

    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    setup = make_setup(folder)
    setup.where = Path(sys.argv[3])
    setup.pool.seconds = seconds
    setup.on_progress = lambda progress: print(progress.done, flush=True)
    print("ready", flush=True)
    setup.grade(*everyone())
    """
)


def everyone() -> list[TextFile]:
    """Sixty files: honest ones, two attempts of one learner, copies, and some that break."""
    texts = [f"right {number % 11} by {number}" for number in range(SIZE - 20)]
    texts += ["right 10 copied"] * 8 + [f"crashes {number}" for number in range(6)]
    texts += [f"nan right 5 {number}" for number in range(6)]
    return [
        hand_in(f"learner{number // 2 if number < 20 else number:02}", text, f"{number}.h5", late(number))
        for number, text in enumerate(texts)
    ]


def late(number: int) -> datetime:
    return NOON + timedelta(hours=number - 10)


def begin(folder: Path, ledger: Path, seconds: float) -> "subprocess.Popen[str]":
    folder.mkdir(parents=True)
    paths = [str(ROOT), str(ROOT / ".src"), *(path for path in sys.path if path)]
    command = [sys.executable, "-c", CHILD.format(paths=paths), str(folder), str(seconds), str(ledger)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> list[int]:
    printed, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    return [int(line) for line in printed.split() if line != "ready"]


def until_it_gets_further(printed: "IO[str]", before: int) -> list[int]:
    """Waits until it shows that something new is kept; gives what it showed."""
    shown: list[int] = []
    while max(shown, default=0) <= before and (line := printed.readline()):
        shown.append(int(line))
    return shown


def stored(ledger: Path) -> list[Record]:
    with Ledger.open(ledger) as opened:
        return [attempt.record for attempt in opened.cohorts.attempts("spring")]


def timeless(ledger: Path) -> Cohort:
    """The cohort without what may differ: times, and which number a submission got."""
    with Ledger.open(ledger) as opened:
        cohort = read_cohort(opened, "spring", RULES)
    learner_results = tuple(
        replace(one, results=tuple(map(_timeless, one.results))) for one in cohort.learners
    )
    return replace(cohort, learners=learner_results)


def _timeless(result: Result) -> Result:
    attempts = tuple(map(_without_time, result.attempts))
    counted = None if result.counted is None else _without_time(result.counted)
    times = dict(enumerate(sorted(result.times.values())))
    return replace(result, attempts=attempts, counted=counted, times=times)


def _without_time(record: Record) -> Record:
    return replace(record, number=0, when=NOON, card=replace(record.card, timings=Timings()))


def numbers(records: Sequence[Record]) -> set[int]:
    return {record.number for record in records}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_batch_killed_again_and_again_has_the_results_of_an_undisturbed_one(tmp_path: Path) -> None:
    random = random_moments()
    undisturbed, killed = tmp_path / "undisturbed.db", tmp_path / "killed.db"
    assert finish(begin(tmp_path / "once", undisturbed, 0.0))[-1] == SIZE
    before: set[int] = set()
    stopped_midway = 0
    for turn in range(KILLS):
        process = begin(tmp_path / f"turn{turn}", killed, 0.1)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        shown = []
        if turn % 2:  # while it grades; else while it opens the ledger, notes what is pending, or grades
            shown = until_it_gets_further(process.stdout, len(before))
        time.sleep(random.uniform(0, 0.3 if turn % 2 else 1.0))
        process.send_signal(signal.SIGKILL)
        shown += [int(line) for line in process.stdout.read().split("\n")[:-1]]
        process.wait()
        process.stdout.close()
        process.stderr.close()
        with Ledger.open(killed) as ledger:
            names = ledger.cohorts.names()
        records = stored(killed) if names else []
        assert before <= numbers(records), "something that was kept is gone"
        assert len(records) >= max(shown, default=0), "something was shown and not kept"
        stopped_midway += 0 < len(records) < SIZE
        before = numbers(records)
    assert finish(begin(tmp_path / "last", killed, 0.0))[-1] == SIZE
    assert stopped_midway >= KILLS // 4, "it was hardly ever killed in the middle"
    assert before <= numbers(stored(killed))
    assert timeless(killed) == timeless(undisturbed)
    assert results_json(timeless(killed)) == results_json(timeless(undisturbed))
    assert list(gradebook_rows(timeless(killed))) == list(gradebook_rows(timeless(undisturbed)))
    with Ledger.open(killed) as ledger:
        assert len(ledger.history()) == len(stored(killed)) == SIZE, "something was scored twice"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_batches_at_once_grade_everyone_once(tmp_path: Path) -> None:
    where = tmp_path / "ledger.db"
    first = begin(tmp_path / "first", where, 0.2)
    assert first.stdout is not None
    while first.stdout.readline() in ("ready\n", "0\n"):
        pass
    second = begin(tmp_path / "second", where, 0.0)
    _, errors = second.communicate(timeout=240)
    assert second.returncode != 0
    assert "Another program is grading the cohort 'spring'" in errors
    finish(first)
    assert len(stored(where)) == SIZE
