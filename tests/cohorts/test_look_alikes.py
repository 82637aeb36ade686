"""Look-alikes are groups with a question, and who came first is told where it is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tfprep.cohorts.integrity.look_alikes import MOST_TOLD, Group, find_groups
from tfprep.cohorts.integrity.similarity import Evidence, Pair, Similarity
from tfprep.reports.cohort import look_alikes

JUNE = datetime(2026, 6, 1, 12, tzinfo=UTC)


def pair(
    first: str,
    second: str,
    kind: Similarity = Similarity.FILE,
    *,
    handed_in: tuple[datetime | None, datetime | None] = (None, None),
    problem: str = "problem2",
    measure: float = 1.0,
) -> Pair:
    numbers = ord(first[0]), ord(second[0])
    return Pair(problem, (first, second), numbers, (Evidence(kind, kind.value, measure),), handed_in)


def learners(group: Group) -> list[str]:
    return [each.learner for each in group.members]


def test_thirty_copies_are_one_group_with_one_evidence() -> None:
    names = [f"{chr(97 + number)}" for number in range(26)]
    (group,) = find_groups([pair("a", name) for name in names[1:]])
    assert learners(group) == names
    assert [each.learners for each in group.likenesses] == [tuple(names)]


def test_whoever_is_alike_to_one_of_a_group_belongs_to_it() -> None:
    (group,) = find_groups(
        [pair("a", "b"), pair("c", "d", Similarity.NEAR), pair("b", "c", Similarity.MISTAKES)]
    )
    assert learners(group) == ["a", "b", "c", "d"]
    assert [each.kind for each in group.likenesses] == [
        Similarity.FILE,
        Similarity.NEAR,
        Similarity.MISTAKES,
    ]


def test_two_files_that_were_shared_are_told_apart_within_a_group() -> None:
    (group,) = find_groups([pair("a", "b"), pair("c", "d"), pair("a", "c", Similarity.MISTAKES)])
    assert [each.learners for each in group.likenesses] == [("a", "b"), ("c", "d"), ("a", "c")]


def test_problems_and_people_without_a_link_are_groups_of_their_own() -> None:
    groups = find_groups([pair("a", "b"), pair("c", "d"), pair("a", "b", problem="problem3")])
    assert [(each.problem, learners(each)) for each in groups] == [
        ("problem2", ["a", "b"]),
        ("problem2", ["c", "d"]),
        ("problem3", ["a", "b"]),
    ]


def test_of_many_pairs_the_surest_are_told_and_the_others_counted() -> None:
    names = "abcdef"
    pairs = [
        pair(one, other, Similarity.NEAR, measure=0.9 + index / 1000)
        for index, (one, other) in enumerate((one, other) for one in names for other in names if one < other)
    ]
    (group,) = find_groups(pairs)
    assert len(group.likenesses) == MOST_TOLD
    assert group.likenesses[0].learners == ("e", "f")
    assert group.untold == len(pairs) - MOST_TOLD
    assert look_alikes.tell(group, {}).rows[-1][2] == "And 10 more pairs of these people."


def test_who_handed_in_first_is_told_with_the_time_in_every_zone_the_same() -> None:
    in_kolkata = (JUNE - timedelta(hours=1)).astimezone(timezone(timedelta(hours=5, minutes=30)))
    (group,) = find_groups([pair("ann", "zoe", handed_in=(JUNE, in_kolkata))])
    assert (group.first, learners(group)) == ("zoe", ["zoe", "ann"])
    told = look_alikes.tell(group, {"zoe": "Zoe"})
    assert told.first == "Handed in first: Zoe (2026-06-01 11:00 UTC), then ann (2026-06-01 12:00 UTC)."


@pytest.mark.parametrize("times", [(None, None), (JUNE, None), (None, JUNE), (JUNE, JUNE)])
def test_nobody_is_first_where_a_time_is_missing_or_both_are_the_same(
    times: tuple[datetime | None, datetime | None],
) -> None:
    (group,) = find_groups([pair("zoe", "ann", handed_in=times)])
    assert (group.first, learners(group)) == (None, ["ann", "zoe"])
    assert look_alikes.tell(group, {}).first.startswith("Nobody can say who came first")


def test_a_group_is_a_question_about_people() -> None:
    (group,) = find_groups([pair("a", "b"), pair("a", "c")])
    told = look_alikes.tell(group, {"a": "Ada", "b": "Bo", "c": "Cem"})
    assert told.learners == "Ada, Bo and Cem"
    assert told.question == "Did these 3 people work together?"
