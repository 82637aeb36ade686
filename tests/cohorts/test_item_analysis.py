"""Item analysis counts what is there, and says who needs help first by a rule one can read off."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tfprep.cohorts import Cohort, Learner, LearnerResult, Result
from tfprep.cohorts.gradebook.item_analysis import analyse_cohort
from tfprep.grader import Finding, ScoreCard, Timings, Verdict
from tfprep.grader.scoring.card import Record

SLOW = Finding("underfitting", "Your model has learned too little.", "", "Train longer.")
TWICE = Finding("rescaled_twice", "Your model divides by 255 twice.")


def record(number: int, learner: str, score: int | None, *findings: Finding, train: float = 0.0) -> Record:
    verdict = Verdict.INVALID if score is None else Verdict.PASSED if score == 5 else Verdict.PARTIAL
    card = ScoreCard("problem2", "package", verdict, "Said why.", score=score, findings=findings)
    card = ScoreCard(**{**vars(card), "timings": Timings(train=train, total=train + 1.0)})
    return Record(number, learner, "mymodel.h5", "h5", "ab" * 32, 10, datetime(2026, 1, 1, tzinfo=UTC), card)


def result(problem: str, attempts: Sequence[Record]) -> Result:
    last = attempts[-1] if attempts else None
    score = last.card.score if last is not None else None
    return Result(problem, counted=last, attempts=tuple(attempts), points=float(score or 0))


def cohort(people: dict[str, tuple[Sequence[Record], Sequence[Record]]]) -> Cohort:
    problems = ("problem1", "problem2")
    learner_results = []
    for name, handed in people.items():
        results = tuple(result(problem, one) for problem, one in zip(problems, handed, strict=True))
        learner_results.append(
            LearnerResult(Learner(name), results, total=10 * sum(each.points for each in results))
        )
    return Cohort("spring", problems, (1.0, 1.0), tuple(learner_results))


SPRING = cohort(
    {
        "ada": ([record(1, "ada", 5)], [record(2, "ada", 5, train=30.0)]),
        "bob": ([record(3, "bob", 5)], [record(4, "bob", 2, SLOW), record(5, "bob", 3, SLOW, TWICE)]),
        "cyd": ([record(6, "cyd", 4)], [record(7, "cyd", None)]),
        "dan": ([record(8, "dan", 3)], []),
        "eve": ([record(9, "eve", 4)], [record(10, "eve", 3, SLOW, SLOW)]),
    }
)


def test_scores_are_counted_by_what_counts() -> None:
    _, second = analyse_cohort(SPRING).problems
    assert (second.learners, second.handed_in, second.invalid) == (5, 4, 1)
    assert second.scores == (0, 0, 0, 2, 0, 1)
    assert (second.mean, second.median) == ((3 + 3 + 5) / 3, 3)


def test_a_finding_has_its_share_of_those_who_handed_in_and_its_learners() -> None:
    _, second = analyse_cohort(SPRING).problems
    assert [(each.code, each.share, each.learners) for each in second.findings] == [
        ("underfitting", 0.5, ("bob", "eve")),
        ("rescaled_twice", 0.25, ("bob",)),
    ]


def test_the_hardest_step_is_the_one_that_lost_the_largest_share() -> None:
    first, second = analyse_cohort(SPRING).problems
    assert second.hardest is not None
    assert first.hardest is not None
    assert (second.hardest.name, second.hardest.reached, second.hardest.passed) == ("from 3 to 4", 3, 1)
    assert first.hardest.name == "from 4 to 5"
    assert [step.reached for step in second.steps] == [5, 4, 3, 3, 3, 3, 1]


def test_nobody_lost_is_no_hardest_step() -> None:
    easy = cohort({name: ([record(1, name, 5)], [record(2, name, 5)]) for name in "abc"})
    assert [item.hardest for item in analyse_cohort(easy).problems] == [None, None]


def test_time_is_attempts_training_and_grading() -> None:
    _, second = analyse_cohort(SPRING).problems
    assert (second.time.attempts, second.time.training, second.time.grading) == (5 / 4, 30.0, 34.0)


def test_the_lowest_total_is_helped_first_and_of_equals_who_tried_more() -> None:
    needed = analyse_cohort(SPRING).help_first
    assert [(each.learner, each.total) for each in needed] == [
        ("dan", 30.0),
        ("cyd", 40.0),
        ("eve", 70.0),
        ("bob", 80.0),
    ]
    same = cohort(
        {
            "once": ([record(1, "once", 3)], []),
            "twice": ([record(2, "twice", 1), record(3, "twice", 3)], []),
        }
    )
    assert [each.learner for each in analyse_cohort(same).help_first] == ["twice", "once"]


def test_help_begins_where_most_is_to_be_gained() -> None:
    dan, cyd, _, bob = analyse_cohort(SPRING).help_first
    assert (dan.weakest, dan.missing, dan.finding) == ("problem2", ("problem2",), None)
    assert (cyd.weakest, cyd.invalid) == ("problem2", ("problem2",))
    assert (bob.weakest, bob.finding) == ("problem2", SLOW)


def test_the_hardest_problem_is_the_one_with_the_fewest_points() -> None:
    assert analyse_cohort(SPRING).hardest == "problem2"


def test_an_empty_cohort_has_nothing_to_tell() -> None:
    analysis = analyse_cohort(Cohort("empty", ("problem1",), (1.0,), ()))
    assert (analysis.hardest, analysis.help_first, analysis.problems[0].mean) == (None, (), None)
