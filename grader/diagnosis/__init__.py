"""Why a submission scored what it scored, and one thing to try.

Each check is a function: its docstring is the sentence the learner reads, what it returns is the evidence.
A finding never quotes a hidden input, a label or a single example's prediction.

To add one, write the function and put it in one of the tables, the surest first. A mistake that only one
problem knows is declared in the problem's folder: see `problems.problem.CommonMistakes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from ..scoring.card import FULL_MARKS, Finding
from .choices import (
    inputs_not_scaled,
    learning_rate_too_large,
    learns_slowly,
    no_convolution,
    no_hidden_layer,
    rescaled_already,
    saturating_layers,
)
from .classes import (
    activation_twice,
    class_never_predicted,
    class_never_predicted_besides,
    collapsed_predictions,
    labels_off_by_one,
    labels_permuted,
    logits_for_probabilities,
    relu_at_the_end,
    sigmoid_twice,
    softmax_over_one,
    trained_on_other_inputs,
)
from .contract import (
    axes_in_another_order,
    input_shape,
    made_for_another_problem,
    made_for_any_length,
    output_shape,
    predictions_not_finite,
    same_shape_elsewhere,
    too_large_to_run,
    unseen_token_ids,
)
from .finding import CheckFunction, FindingCheck, GradedRun, RankedFinding
from .mistakes import (
    baseline_predictions,
    normalization_never_adapted,
    perturbed_inputs,
    worse_than_baseline,
)
from .numbers import (
    bounded_output,
    flat_predictions,
    forecast_reversed,
    forecast_shifted,
    target_inverted,
    target_not_rescaled,
)
from .probes import Prober, ProbeResults
from .training import (
    barely_missed,
    constant_predictions,
    larger_than_needed,
    more_to_learn,
    overfitting,
    underfitting,
    unmasked_padding,
    unstable_training,
)

CERTAIN: Final[tuple[CheckFunction, ...]] = (
    made_for_another_problem,
    made_for_any_length,
    axes_in_another_order,
    unseen_token_ids,
    predictions_not_finite,
    input_shape,
    output_shape,
    too_large_to_run,
    baseline_predictions,
    sigmoid_twice,
    softmax_over_one,
    class_never_predicted,
)
"""What explains everything by itself."""

OTHER_DATA: Final[tuple[CheckFunction, ...]] = (
    labels_off_by_one,
    labels_permuted,
    perturbed_inputs,
    target_not_rescaled,
    target_inverted,
    forecast_reversed,
    forecast_shifted,
)
"""Inputs or labels in training that were not the problem's: not where log and score agree."""

CAUSES: Final[tuple[CheckFunction, ...]] = (*OTHER_DATA, logits_for_probabilities, activation_twice)
"""Mistakes whose correction can be measured: the one that gains most is named first."""

ALONE: Final[tuple[CheckFunction, ...]] = (trained_on_other_inputs,)
"""What is reported alone where there is no cause: every symptom follows from it."""

SEEN: Final[tuple[CheckFunction, ...]] = (
    normalization_never_adapted,
    unmasked_padding,
    bounded_output,
    relu_at_the_end,
)
"""What stands in the file, whatever it predicts: before causes that explain a part."""

SYMPTOMS: Final[tuple[CheckFunction, ...]] = (
    rescaled_already,
    no_hidden_layer,
    learns_slowly,
    inputs_not_scaled,
    learning_rate_too_large,
    saturating_layers,
    constant_predictions,
    collapsed_predictions,
    flat_predictions,
    unstable_training,
    larger_than_needed,
    no_convolution,
    overfitting,
    underfitting,
    class_never_predicted_besides,
    same_shape_elsewhere,
    barely_missed,
)
"""What is reported where no cause explains everything."""

LAST: Final[tuple[CheckFunction, ...]] = (more_to_learn,)
"""What is reported where nothing else is: nobody below full marks is left without a next step."""

FINDINGS: Final[tuple[CheckFunction, ...]] = (*CERTAIN, *CAUSES, *ALONE, *SEEN, *SYMPTOMS, *LAST)


def diagnose(run: GradedRun) -> tuple[Finding, ...]:
    """All findings of a run, the one that explains most first.

    Where something explains everything by itself (`CERTAIN`), nothing else is reported. Else the causes whose
    correction would earn full marks; without such a cause what stands in the file, all causes, by what
    correcting them would earn, and the symptoms; and without any of these, how far it is from full marks.

    Args:
        run: what a submission was run on, how the run ended, its score or fault, and the probes.

    Returns:
        The findings; empty where there is nothing to say, as at full marks. They quote no hidden input, no
        label, and no single example's prediction.
    """
    certain = _run_checks(CERTAIN, run)
    if certain:
        return _findings(certain, run)
    possible = [each for each in CAUSES if each not in OTHER_DATA] if run.agrees_with_its_log else CAUSES
    causes = sorted(_run_checks(possible, run), key=_rank)
    complete = [cause for cause in causes if cause.what_if and cause.what_if.score == FULL_MARKS]
    named = {cause.finding.code for cause in causes}
    seen = [each for each in _run_checks(SEEN, run) if each.finding.code not in named]
    alone = [] if causes or seen else _run_checks(ALONE, run)
    several = complete or alone or [*seen, *causes, *_run_checks(SYMPTOMS, run)]
    return _findings(several or _run_checks(LAST, run), run)


def _run_checks(checks: Iterable[CheckFunction], run: GradedRun) -> list[RankedFinding]:
    return [finding for check in checks for finding in check(run)]


def _rank(finding: RankedFinding) -> tuple[int, float]:
    """Sorts what explains more before what explains less."""
    return (0 if finding.what_if is None else -finding.what_if.score, finding.remaining)


def _findings(ranked: Sequence[RankedFinding], run: GradedRun) -> tuple[Finding, ...]:
    """The first with a baseline that is no worse; behind it what follows, but for causes of their own."""
    if not ranked:
        return ()
    first, *others = ranked
    evidence = " ".join(filter(None, (first.finding.evidence, worse_than_baseline(run))))
    return (
        replace(first.finding, evidence=evidence),
        *(
            each.finding if each.what_if is not None else replace(each.finding, try_next="", follows=True)
            for each in others
        ),
    )


__all__ = ["FINDINGS", "FindingCheck", "GradedRun", "ProbeResults", "Prober", "diagnose"]
