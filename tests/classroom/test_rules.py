"""`cohort.toml`: what it says is what counts, and what it should not say is refused with a sentence."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tfprep.classroom.rules import TEMPLATE, Attempts, CohortRules, LatePenalty, read_rules
from tfprep.errors import BadCohort
from tfprep.grader import SubmissionPolicy
from tfprep.problems import Band, all_problems

ROOT = TEMPLATE.resolve().parents[1]


def written(folder: Path, text: str) -> Path:
    path = folder / "cohort.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(BadCohort) as caught:
        read_rules(written(folder, text))
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_without_a_file_all_problems_count_with_the_exams_weights() -> None:
    rules = read_rules(None)
    assert rules.ids == tuple(problem.id for problem in all_problems())
    assert [one.weight for one in rules.problems] == [10, 15, 20, 25, 30]
    assert rules.policy("problem2") == SubmissionPolicy(allow_lambda=False, allow_scripts=False)
    assert rules.deadline is None
    assert rules.secret is None


def test_an_empty_file_says_what_no_file_says(tmp_path: Path) -> None:
    assert read_rules(written(tmp_path, "")) == CohortRules()


def test_the_template_holds_the_defaults(tmp_path: Path) -> None:
    rules = read_rules(TEMPLATE)
    assert rules == CohortRules(name="Spring 2026", late=LatePenalty(0.0, 1.0))


def test_the_templates_examples_are_understood(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (?=\[|\w+ = )", "", TEMPLATE.read_text("utf-8"))
    (tmp_path / "photographs").mkdir()
    (tmp_path / "hidden.key").write_bytes(bytes(range(100, 132)))
    rules = read_rules(written(tmp_path, text))
    assert rules.deadline == datetime(2026, 6, 30, 21, 59, tzinfo=UTC)
    assert rules.ids == ("problem3",)
    assert rules.policy("problem3").answer_seconds == 90
    assert rules.policy("problem3").train_seconds == 1200
    assert rules.attempt_limit == 5


def test_the_example_in_the_readme_is_understood(tmp_path: Path) -> None:
    (example,) = re.findall(r"(?s)```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"))
    rules = read_rules(written(tmp_path, example))
    assert rules.ids == ("problem2", "problem3")
    assert rules.late == LatePenalty(0.1, 0.5)
    assert rules.secret is not None


def test_a_deadline_without_a_zone_gets_the_one_that_is_named(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, 'timezone = "Europe/Berlin"\ndeadline = 2026-01-31T23:59:00\n'))
    assert rules.deadline == datetime(2026, 1, 31, 22, 59, tzinfo=UTC)


def test_a_deadline_without_any_zone_is_refused(tmp_path: Path) -> None:
    assert "timezone" in refusal(tmp_path, "deadline = 2026-01-31T23:59:00")


def test_lateness_begins_after_the_grace_and_costs_for_each_day_begun(tmp_path: Path) -> None:
    rules = read_rules(
        written(
            tmp_path,
            "deadline = 2026-01-31T12:00:00Z\ngrace_minutes = 30\n[late]\nper_day = 0.1\ncap = 0.25",
        )
    )
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert rules.late_by(noon + timedelta(minutes=30)) is None
    assert rules.late_by(None) is None
    barely = rules.late_by(noon + timedelta(minutes=31))
    assert barely == timedelta(minutes=1)
    assert rules.late.cost(barely) == 0.1
    assert rules.late.cost(timedelta(days=1)) == 0.1
    assert rules.late.cost(timedelta(days=1, seconds=1)) == 0.2
    assert rules.late.cost(timedelta(days=9)) == 0.25
    assert rules.late.cost(None) == 0.0


def test_only_the_problems_that_are_named_count_in_the_problems_own_order(tmp_path: Path) -> None:
    rules = read_rules(
        written(tmp_path, "[problems.imdb]\nweight = 1\n[problems.2]\nbands = [0.1, 0.2, 0.3, 0.4, 0.5]")
    )
    assert [(one.problem.id, one.weight) for one in rules.problems] == [("problem2", 15), ("problem4", 1)]
    assert rules.of("problem2").bands[0] == Band(5, at_least=0.5)
    assert rules.of("problem2").bands[-1] == Band(1, at_least=0.1)
    assert rules.of("problem4").bands == ()


def test_an_errors_bands_fall(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, "[problems.regression]\nbands = [5, 4, 3, 2, 1]"))
    assert rules.of("problem1").bands[0] == Band(5, at_most=1.0)
    assert "must fall" in refusal(tmp_path, "[problems.regression]\nbands = [1, 2, 3, 4, 5]")


def test_the_last_attempt_may_be_the_one_that_counts(tmp_path: Path) -> None:
    assert read_rules(written(tmp_path, 'attempts = "last"')).attempts is Attempts.LAST
    assert read_rules(None).attempts is Attempts.BEST


def test_an_own_edition_is_a_path_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    rules = read_rules(written(tmp_path, '[problems.flowers]\nedition = "photos"'))
    assert rules.of("problem3").data_source == str(tmp_path / "photos")
    assert "no file or folder" in refusal(tmp_path, '[problems.flowers]\nedition = "pictures"')


def test_the_same_secret_divides_in_the_same_way_whether_written_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a sentence that nobody guesses\n")
    (tmp_path / "key").chmod(0o600)
    said = read_rules(written(tmp_path, 'secret = "a sentence that nobody guesses"'))
    kept = read_rules(written(tmp_path, 'secret_file = "key"'))
    other = read_rules(written(tmp_path, 'secret = "another sentence that nobody guesses"'))
    assert said.secret == kept.secret != other.secret
    assert said.secret is not None
    assert len(said.secret) == 32
    assert not said.warnings
    assert "sentence" not in repr(said)
    assert said.secret.hex() not in repr(said)


def test_a_secret_that_everybody_can_read_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a sentence that nobody guesses\n")
    (tmp_path / "key").chmod(0o644)
    (warning,) = read_rules(written(tmp_path, 'secret_file = "key"')).warnings
    assert "chmod 600" in warning
    path = written(tmp_path, 'secret = "a sentence that nobody guesses"')
    path.chmod(0o644)
    assert read_rules(path).warnings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('nane = "x"', "nane: there is no such key. Did you mean 'name'?"),
        ("[late]\nper_dya = 0.1", "late.per_dya: there is no such key. Did you mean 'per_day'?"),
        ("[problems.flowers]\nwieght = 3", "problems.flowers.wieght: there is no such key"),
        ("[problems.flower]", "Did you mean 'flowers'?"),
        ("[problems.flowers]\n[problems.3]", "another of its names"),
        ("zzz = 1", "there is no such key. There are: "),
        ("[late]\nper_day = 1.5", "expected a number from 0 to 1, found 1.5"),
        ("[late]\nper_day = true", "expected a number from 0 to 1, found true"),
        (f"[problems.mnist]\nweight = 1{'0' * 400}", "weight: expected a number from 0.001"),
        (f"[problems.mnist]\nbands = [0, 0.1, 0.2, 0.3, 1{'0' * 400}]", "a list of 5 numbers"),
        ("[problems.mnist]\nbands = [0, 0.1, 0.2, 0.3, inf]", "a list of 5 numbers"),
        ("[late]\nper_day = nan", "expected a number from 0 to 1, found nan"),
        ("late = 3", "expected a table, [late], found 3"),
        ("problems = [1]", "expected a table, [problems], found [1]"),
        ("name = 3", "name: expected a text"),
        ('name = "\\u0007"', "name: expected a text"),
        ('attempts = "first"', 'expected "best" or "last", found \'first\''),
        ("attempt_limit = 0", "expected a whole number from 1"),
        ("attempt_limit = 2.5", "expected a whole number from 1"),
        ("allow_lambda = 1", "expected true or false, found 1"),
        ('deadline = "2026-01-31"', "expected a date and time without quotes"),
        ("deadline = 2026-01-31", "expected a date and time without quotes"),
        ('timezone = "Europe/Berlim"', "Did you mean 'Europe/Berlin'?"),
        ('timezone = "../../etc/passwd"', "no time zone is called"),
        ('secret = "short"', "at least 16 signs"),
        ('secret_file = "none"', "cannot be read"),
        ('secret = "a sentence nobody guesses"\nsecret_file = "x"', "Keep one of the two"),
        ("[problems.mnist]\nbands = [0.1, 0.2]", "a list of 5 numbers"),
        ("[problems.mnist]\nbands = [0.1, 0.2, 0.3, 0.4, 4]", "no accuracy is above 1"),
        ("[problems.mnist]\nweight = 0", "weight: expected a number from 0.001"),
        ("[limits]\nanswer_seconds = 0", "limits.answer_seconds: expected a number from 1"),
        ("name = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_expected(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


def test_a_secret_never_stands_in_an_error(tmp_path: Path) -> None:
    message = refusal(tmp_path, 'secret = "too short"')
    assert "too short" not in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCohort, match=r"none\.toml cannot be read"):
        read_rules(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cohort.toml").write_bytes(b"\xff\xfe\x00n")
    with pytest.raises(BadCohort, match="UTF-8"):
        read_rules(tmp_path / "cohort.toml")
