"""One scoring specification with one digest: what it depends on, and when a card could come out otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tfprep.grader.scoring.specification import ScoringSpec, config_has_changed, grading_config
from tfprep.grader.submission import DEFAULT_POLICY, SubmissionPolicy
from tfprep.problems import Dataset, all_problems
from tfprep.problems.problem import Band, Output

from .examples import make_mnist

DEFAULT = asdict(DEFAULT_POLICY)


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_mnist(tmp_path_factory.mktemp("data"))


def before_the_digest(spec: ScoringSpec, policy: SubmissionPolicy = DEFAULT_POLICY) -> str:
    """The grading configuration as ledgers up to step 0004 hold it."""
    values = json.loads(grading_config(spec, asdict(policy)))
    del values["scoring"]
    return json.dumps(values)


def test_every_problem_has_a_digest_of_its_own() -> None:
    specs = [
        ScoringSpec(each.metric, each.data_sources[0].bands, each.outputs, each.folder / "__init__.py")
        for each in all_problems()
    ]
    digests = [spec.digest for spec in specs]
    assert digests == [replace(spec).digest for spec in specs]
    assert len(set(digests)) == len(digests) >= 5


def test_the_digest_changes_with_bands_shapes_and_metric(mnist: Dataset) -> None:
    spec = ScoringSpec.of(mnist)
    others = [
        replace(spec, bands=(Band(5, at_least=0.5),)),
        replace(spec, outputs=(*spec.outputs, Output((7,), "seven numbers"))),
        replace(spec, metric=replace(spec.metric, higher_is_better=False)),
    ]
    assert len({each.digest for each in (spec, *others)}) == 4


def test_the_digest_is_the_same_for_other_data(mnist: Dataset) -> None:
    assert ScoringSpec.of(replace(mnist, fingerprint="other")).digest == ScoringSpec.of(mnist).digest


@pytest.mark.parametrize(
    "file", ["score.py", "interval.py", "npy.py", "metrics.py", "problem.py", "__init__.py"]
)
def test_the_digest_changes_with_the_code_that_scores(
    monkeypatch: pytest.MonkeyPatch, mnist: Dataset, file: str
) -> None:
    before = ScoringSpec.of(mnist).digest
    original: Callable[[Path], bytes] = Path.read_bytes

    def altered(path: Path) -> bytes:
        return original(path) + (b"# changed" if path.name == file else b"")

    monkeypatch.setattr(Path, "read_bytes", altered)
    assert ScoringSpec.of(mnist).digest != before


def test_a_score_depends_on_the_specification_and_a_refusal_on_the_policy(mnist: Dataset) -> None:
    spec, strict = ScoringSpec.of(mnist), SubmissionPolicy(allow_scripts=False)
    now = grading_config(spec, DEFAULT)
    other_bands = grading_config(replace(spec, bands=(Band(5, at_least=0.5),)), DEFAULT)
    other_policy = grading_config(spec, asdict(strict))
    assert not config_has_changed(now, grading_config(ScoringSpec.of(mnist), DEFAULT), scored=True)
    assert config_has_changed(now, other_bands, scored=True)
    assert not config_has_changed(now, other_policy, scored=True)
    assert config_has_changed(now, other_policy, scored=False)
    assert not config_has_changed(now, other_bands, scored=False)


def test_what_was_graded_before_there_was_a_digest_has_another_kind_of_interval(mnist: Dataset) -> None:
    spec = ScoringSpec.of(mnist)
    now = grading_config(spec, DEFAULT)
    assert config_has_changed(before_the_digest(spec), now, scored=True)
    assert not config_has_changed(before_the_digest(spec), now, scored=False)
