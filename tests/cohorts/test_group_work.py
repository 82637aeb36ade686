"""Work that was handed in for a group is no question about its own members, but about whoever copied it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.integrity.look_alikes import Group, find_groups
from tfprep.cohorts.integrity.similarity import Similarity, find_similar
from tfprep.grader import ScoreCard, Submission, Verdict
from tfprep.grader.grade import Graded
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort import Pending
from tfprep.grader.records.cohort_runs import Attempt, CohortEntry, CohortNote, Withdrawal
from tfprep.reports.cohort import look_alikes
from tfprep.reports.cohort.results_json import group_record
from tfprep.sandbox.worker.weight_fingerprint import fingerprint_weights

from .results import read_cohort

JUNE = datetime(2026, 6, 1, 12, tzinfo=UTC)
Files = Mapping[str, Sequence[str]]
"""By a path in the source, for whom the file there was handed in."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


def weights(name: str, blur: float = 0.0) -> str:
    """The fingerprint of a model that this name stands for."""
    random, noise = np.random.default_rng(sum(map(ord, name))), np.random.default_rng(1)
    shapes = (9, 64), (64,), (64, 64), (64,), (64, 1), (1,)
    arrays = [random.normal(0, 1, shape) + blur * noise.normal(0, 1, shape) for shape in shapes]
    return fingerprint_weights(lambda: [each.astype(np.float32) for each in arrays])


def grade(ledger: Ledger, files: Files, texts: Mapping[str, str] | None = None, source: str = "one") -> None:
    """Records what a run of `cohort grade` would. A file's bytes are its name's; `texts` has fingerprints."""
    handed_in = {path: JUNE + timedelta(hours=hour) for hour, path in enumerate(files)}
    pending = [
        Pending(learner, "problem2", path, "Not graded yet.", handed_in[path])
        for path, learners in files.items()
        for learner in learners
    ]
    ledger.cohorts.begin_run(CohortNote("spring", folder=source, pending=tuple(pending)))
    for each in pending:
        digest = f"{sum(map(ord, Path(each.found_at).name)):064}"
        ledger.record(
            Graded(
                Submission("problem2", each.learner, "mymodel.h5", None, b"", digest, 10),
                ScoreCard("problem2", "package", Verdict.PARTIAL, "So it is.", score=3),
                weight_fingerprint=(texts or {}).get(each.found_at, ""),
            ),
            CohortEntry(
                cohort="spring",
                learner=each.learner,
                problem="problem2",
                digest=digest,
                found_at=each.found_at,
                grading_config="{}",
                inputs="",
                handed_in=each.handed_in,
            ),
        )


def asked(ledger: Ledger) -> list[Group]:
    cohort = read_cohort(ledger, "spring", CohortRules())
    return list(find_groups(find_similar(cohort, lambda number: None, lambda record: None)))


def learners(group: Group) -> list[str]:
    return [each.learner for each in group.members]


def test_one_work_of_a_group_is_no_question_about_its_members(ledger: Ledger) -> None:
    grade(ledger, {"team/ours": ["ann", "bob", "cyd"], "dan/mine": ["dan"]})
    assert asked(ledger) == []


def test_the_same_file_at_two_places_is_a_question(ledger: Ledger) -> None:
    grade(ledger, {"ann/ours": ["ann"], "bob/ours": ["bob"]})
    assert [learners(group) for group in asked(ledger)] == [["ann", "bob"]]


def test_whoever_has_a_group_s_file_too_is_named_with_all_of_them_and_the_group_is_told(
    ledger: Ledger,
) -> None:
    grade(ledger, {"team/ours": ["ann", "bob"], "eve/ours": ["eve"]})
    (group,) = asked(ledger)
    assert learners(group) == ["ann", "bob", "eve"]
    assert [(each.kind, each.learners) for each in group.likenesses] == [
        (Similarity.FILE, ("ann", "bob", "eve"))
    ]
    told = look_alikes.tell(group, {"ann": "Ann", "bob": "Bob", "eve": "Eve"})
    assert told.rows[-1] == ("handed in as a group", "Ann and Bob", "They handed in one work as a group.")
    assert told.first == "Handed in first: Ann (2026-06-01 12:00 UTC), then Eve (2026-06-01 13:00 UTC)."
    assert group_record(group)["handed_in_together"] == [["ann", "bob"]]


def test_two_groups_with_one_file_are_a_question_of_four(ledger: Ledger) -> None:
    grade(ledger, {"red/ours": ["ann", "bob"], "blue/ours": ["eve", "fay"]})
    (group,) = asked(ledger)
    assert learners(group) == ["ann", "bob", "eve", "fay"]
    assert group.together == (("ann", "bob"), ("eve", "fay"))
    assert group.first == "ann"


def test_a_copy_with_other_weights_is_told_once_of_all_members_of_the_group(ledger: Ledger) -> None:
    files = {"team/ours": ["ann", "bob"], "eve/copied": ["eve"], "fay/own": ["fay"]}
    texts = {
        "team/ours": weights("ours"),
        "eve/copied": weights("ours", blur=0.03),
        "fay/own": weights("own"),
    }
    grade(ledger, files, texts)
    (group,) = asked(ledger)
    assert learners(group) == ["ann", "bob", "eve"]
    assert [(each.kind, each.learners) for each in group.likenesses] == [
        (Similarity.NEAR, ("ann", "eve", "bob"))
    ]


def test_what_one_of_a_group_trained_further_alone_is_no_question_either(ledger: Ledger) -> None:
    texts = {"team/ours": weights("ours"), "ann/further": weights("ours", blur=0.03)}
    grade(ledger, {"team/ours": ["ann", "bob"]}, texts)
    grade(ledger, {"ann/further": ["ann"]}, texts, source="two")
    assert asked(ledger) == []


def test_the_same_path_in_two_sources_makes_nobody_a_group(ledger: Ledger) -> None:
    grade(ledger, {"model/ours": ["ann"]}, source="one")
    grade(ledger, {"model/ours": ["bob"]}, source="two")
    assert [learners(group) for group in asked(ledger)] == [["ann", "bob"]]


@pytest.mark.parametrize("withdrawn_of", [{"ann", "bob"}, {"ann"}, {"bob"}])
def test_a_hand_in_that_was_withdrawn_puts_nobody_in_a_group(ledger: Ledger, withdrawn_of: set[str]) -> None:
    grade(ledger, {"team/ours": ["ann", "bob"], "ann/mine": ["ann"], "bob/mine": ["bob"]})
    assert asked(ledger) == []
    for attempt in ledger.cohorts.attempts("spring"):
        if attempt.entry.found_at == "team/ours" and attempt.entry.learner in withdrawn_of:
            withdraw(ledger, attempt)
    (group,) = asked(ledger)
    assert (learners(group), group.together) == (["ann", "bob"], ())


def withdraw(ledger: Ledger, attempt: Attempt) -> None:
    entry, number = attempt.entry, attempt.record.number
    ledger.cohorts.add_withdrawal(
        Withdrawal(
            entry=attempt.entry_number,
            learner=entry.learner,
            problem=entry.problem,
            submission=number,
            withdrawn=True,
            by="m. ortiz",
            when=JUNE,
            reason="It was placed wrongly.",
        )
    )
