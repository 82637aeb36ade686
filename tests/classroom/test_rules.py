"""`cohort.toml`: what it says is what counts, and what it should not say is refused with a sentence."""

from __future__ import annotations

import re
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tfprep.classroom.rules import AttemptPolicy, CohortRules, LatePenalty
from tfprep.classroom.rules_file import read_rules
from tfprep.errors import BadCohort
from tfprep.exams.exam_pack import exam_problems
from tfprep.grader import SubmissionPolicy
from tfprep.problems import Band, find, usual_problems

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "classroom" / "template.toml"


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
    assert rules.ids == tuple(problem.id for problem in usual_problems())
    assert [one.weight for one in rules.problems] == [10, 15, 20, 25, 30]
    assert rules.policy("problem2") == SubmissionPolicy(allow_scripts=False)
    assert not rules.deadlines.exist
    assert rules.secret is None


def test_an_empty_file_says_what_no_file_says(tmp_path: Path) -> None:
    assert read_rules(written(tmp_path, "")) == CohortRules()


def test_the_template_holds_the_defaults(tmp_path: Path) -> None:
    rules = read_rules(TEMPLATE)
    assert rules == CohortRules(name="Spring 2026", late=LatePenalty(per_day=0.0, cap=1.0))


def test_the_templates_examples_are_understood(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (?=\[|\w+ = )", "", TEMPLATE.read_text("utf-8"))
    (tmp_path / "photographs").mkdir()
    (tmp_path / "hidden.key").write_bytes(bytes(range(100, 132)))
    (tmp_path / "extensions.csv").write_text("learner,deadline,problem\nzoe,2026-07-09 12:00,flowers\n")
    rules = read_rules(written(tmp_path, text))
    assert {learner for learner, _ in rules.deadlines.extensions} == {"ada", "zoe"}
    assert rules.deadlines.cohort == datetime(2026, 6, 30, 21, 59, tzinfo=UTC)
    assert rules.ids == ("problem3",)
    assert rules.policy("problem3").predict_seconds == 90
    assert rules.policy("problem3").train_seconds == 1200
    assert rules.attempt_limit == 5


def test_the_example_in_the_readme_is_understood(tmp_path: Path) -> None:
    (example,) = re.findall(r"(?s)```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"))
    rules = read_rules(written(tmp_path, example))
    assert rules.ids == ("problem2", "problem3")
    assert rules.late == LatePenalty(per_day=0.1, cap=0.5, marked=0.1)
    assert rules.secret is not None


def test_only_the_problems_that_are_named_count_in_the_problems_own_order(tmp_path: Path) -> None:
    rules = read_rules(
        written(tmp_path, "[problems.imdb]\nweight = 1\n[problems.2]\nbands = [0.1, 0.2, 0.3, 0.4, 0.5]")
    )
    assert [(one.problem.id, one.weight) for one in rules.problems] == [("problem2", 15), ("problem4", 1)]
    assert rules.of("problem2").bands[0] == Band(5, at_least=0.5)
    assert rules.of("problem2").bands[-1] == Band(1, at_least=0.1)
    assert rules.of("problem4").bands == ()


def test_an_exam_s_problems_are_named_or_numbered(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, '[exam]\nproblems = [1, "2", "flowers"]'))
    assert rules.exam.problems == ("problem1", "problem2", "problem3")
    assert "a list of problems" in refusal(tmp_path, "[exam]\nproblems = [true]")


def test_an_exam_s_problems_are_drawn_from_a_pool_and_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    pool = '[exam]\nproblems = ["regression", "concrete", "diamonds", "mnist", "cells", "imdb"]\ndraw = {}'
    drawn = [read_rules(written(tmp_path, pool.format(seed))).exam.drawn for seed in range(20)]
    again = [read_rules(written(tmp_path, pool.format(seed))).exam.drawn for seed in range(20)]
    assert drawn == again
    assert len(set(drawn)) > 3
    assert {one for each in drawn for one in each} == {f"problem{number}" for number in (1, 6, 7, 2, 8, 4)}
    assert all([find(one).category.value for one in each] == ["A", "B", "D"] for each in drawn)
    rules = read_rules(written(tmp_path, "[exam]\ndraw = 3"))
    assert [find(one).category.value for one in rules.exam.drawn] == list("ABCDE")
    # What is drawn need not be one of the cohort's problems; what might be drawn keeps half of its examples.
    assert [exam_problem.problem.id for exam_problem in exam_problems(rules)] == list(rules.exam.drawn)
    assert rules.asks_in_exam("problem1")
    assert "a whole number" in refusal(tmp_path, "[exam]\ndraw = true")


def test_an_errors_bands_fall(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, "[problems.regression]\nbands = [5, 4, 3, 2, 1]"))
    assert rules.of("problem1").bands[0] == Band(5, at_most=1.0)
    assert "must fall" in refusal(tmp_path, "[problems.regression]\nbands = [1, 2, 3, 4, 5]")


def test_the_last_attempt_may_be_the_one_that_counts(tmp_path: Path) -> None:
    assert read_rules(written(tmp_path, 'attempts = "last"')).attempts is AttemptPolicy.LAST
    assert read_rules(None).attempts is AttemptPolicy.BEST


@pytest.mark.parametrize("key", ["data", "edition"])
def test_own_data_is_a_path_beside_the_file_also_under_its_old_key(tmp_path: Path, key: str) -> None:
    (tmp_path / "photos").mkdir()
    rules = read_rules(written(tmp_path, f'[problems.flowers]\n{key} = "photos"'))
    assert rules.of("problem3").data_source == str(tmp_path / "photos")
    message = refusal(tmp_path, f'[problems.flowers]\n{key} = "pictures"')
    assert (
        f"problems.flowers.{key}: 'pictures' is not auto, tfds, package or generated, and there is no file"
        in message
    )


def test_both_keys_for_the_data_are_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, '[problems.flowers]\nedition = "tfds"\ndata = "package"')
    assert "problems.flowers.edition: this is the old name of data" in message


@pytest.mark.parametrize("key", ["predict_seconds", "answer_seconds"])
def test_a_model_s_time_is_read_also_under_its_old_key(tmp_path: Path, key: str) -> None:
    rules = read_rules(
        written(tmp_path, f"[limits]\n{key} = 30\n[problems.flowers]\n{key} = 45\n[problems.mnist]")
    )
    assert rules.policy("problem3").predict_seconds == 45
    assert rules.policy("problem2").predict_seconds == 30
    message = refusal(tmp_path, "[limits]\npredict_seconds = 30\nanswer_seconds = 45")
    assert "limits.answer_seconds: this is the old name of predict_seconds" in message


def test_the_same_secret_divides_in_the_same_way_whether_written_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a sentence that nobody guesses\n")
    (tmp_path / "key").chmod(0o600)
    in_rules = read_rules(written(tmp_path, 'secret = "a sentence that nobody guesses"'))
    in_file = read_rules(written(tmp_path, 'secret_file = "key"'))
    other = read_rules(written(tmp_path, 'secret = "another sentence that nobody guesses"'))
    assert in_rules.secret == in_file.secret != other.secret
    assert in_rules.secret is not None
    assert len(in_rules.secret) == 32
    assert not in_rules.warnings
    assert "nobody guesses" not in repr(in_rules)
    assert in_rules.secret.hex() not in repr(in_rules)


def test_a_secret_that_everybody_can_read_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a sentence that nobody guesses\n")
    (tmp_path / "key").chmod(0o644)
    (warning,) = read_rules(written(tmp_path, 'secret_file = "key"')).warnings
    assert "chmod 600" in warning
    path = written(tmp_path, 'secret = "a sentence that nobody guesses"')
    path.chmod(0o644)
    assert read_rules(path).warnings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('nane = "x"', "nane: there is no such key. Did you mean 'name'?"),
        ("[late]\nper_dya = 0.1", "late.per_dya: there is no such key. Did you mean 'per_day'?"),
        ("[problems.flowers]\nwieght = 3", "problems.flowers.wieght: there is no such key"),
        (
            "[problems.flowers]\neditoin = 3",
            "problems.flowers.editoin: there is no such key. Did you mean 'data'?",
        ),
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
        ("allow_scripts = 1", "expected true or false, found 1"),
        ('deadline = "2026-01-31"', "expected a date and time without quotes"),
        ("deadline = 2026-01-31", "expected a date and time without quotes"),
        ('timezone = "Europe/Berlim"', "Did you mean 'Europe/Berlin'?"),
        ('timezone = "../../etc/passwd"', "no time zone is called"),
        ('secret = "short"', "at least 16 characters"),
        ('secret_file = "none"', "cannot be read"),
        ('secret = "a sentence nobody guesses"\nsecret_file = "x"', "Keep one of the two"),
        ("[problems.mnist]\nbands = [0.1, 0.2]", "a list of 5 numbers"),
        ("[problems.mnist]\nbands = [0.1, 0.2, 0.3, 0.4, 4]", "no accuracy is above 1"),
        ("[problems.mnist]\nweight = 0", "weight: expected a number from 0.001"),
        ("[limits]\npredict_seconds = 0", "limits.predict_seconds: expected a number from 1"),
        ("name = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_expected(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text)


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_key_of_an_earlier_version_that_has_no_effect_any_more_is_told(tmp_path: Path, value: str) -> None:
    rules = read_rules(written(tmp_path, f"allow_lambda = {value}\nallow_scripts = true"))
    assert rules == CohortRules(allow_scripts=True, warnings=rules.warnings)
    (warning,) = rules.warnings
    assert "allow_lambda has no effect any more" in warning
    assert "Remove the line" in warning
    assert "allow_lambda" not in refusal(tmp_path, "allow_lamda = true")


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "nane = 1\ngrace_minutes = -1\n[late]\ncap = 2")
    assert "grace_minutes: expected a number from 0 to 525600, found -1" in message
    assert "late.cap: expected a number from 0 to 1, found 2" in message
    assert "nane: there is no such key" in message


@pytest.mark.parametrize("value", ['"too short"', "12345", '["a sentence nobody guesses"]'])
def test_a_secret_never_stands_in_an_error_nor_in_its_traceback(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadCohort) as caught:
        read_rules(written(tmp_path, f"secret = {value}"))
    shown = "".join(traceback.format_exception(caught.value))
    assert "secret: expected a text of at least 16 characters" in shown
    assert value.strip('"[]') not in shown


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    assert "larger than 1 MiB" in refusal(tmp_path, "#" * (2**20 + 1))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCohort, match=r"none\.toml cannot be read"):
        read_rules(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cohort.toml").write_bytes(b"\xff\xfe\x00n")
    with pytest.raises(BadCohort, match="UTF-8"):
        read_rules(tmp_path / "cohort.toml")
