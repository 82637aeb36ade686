"""The view model of one submission, put in words once: terminal, page and JSON only render it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..errors import UnknownProblem
from ..files.text import joined
from ..grader import Record, ScoreCard, Verdict
from ..grader.scoring.card import ON_COPIES
from ..grader.scoring.specification import compare_environments
from ..grader.services import ReportData
from ..problems import Band, Category, Problem, find
from .wording import (
    Fact,
    Table,
    as_published,
    columns,
    interval_of,
    likely_scores,
    minute,
    moment,
    seconds,
    size,
    skill,
    value_of,
    way_to_next,
)

if TYPE_CHECKING:
    from .scale import Scale

VERDICTS: Final = {
    Verdict.PASSED: "Passed",
    Verdict.PARTIAL: "Not yet",
    Verdict.INVALID: "Not scored",
    Verdict.OUR_FAULT: "Our fault",
}
NO_CHANGE: Final = "No change"
"""The verdict on an attempt that is not measurably better than the best before it."""
NO_CHANGE_CODE: Final = "no_change"
"""The same for programs and for a page's colours."""
NOTHING: Final = ReportData()
_MOST_LIKELY: Final = 3
"""Scores in a headline; of six, more say nothing."""
MOST_ATTEMPTS: Final = 10
SAME_SCORE: Final = "The same four fingerprints give the same score, bit for bit."
ON_GPU: Final = "The same four fingerprints give the same score; on a GPU, its last digits may differ."
"""TensorFlow promises no more: see the manual of tf.config.experimental.enable_op_determinism."""
_MODEL: Final = (
    *("input", "output", "parameters", "activations", "optimizer", "learning_rate", "loss"),
    *("saved_by", "form", "device", "adaptations"),
)
_STEPS: Final = ("start", "transfer", "train", "load", "predict", "score")


@dataclass(frozen=True)
class SubmissionView:
    """A card, and everything that a renderer shows of it."""

    card: ScoreCard
    bands: tuple[Band, ...]
    """From 5 downwards."""
    heading: str
    """For example "problem2 · mnist · submission 7"."""
    record: Record | None = None
    """None for a card that was not recorded."""
    report_data: ReportData = NOTHING

    @property
    def title(self) -> str:
        """The problem's own title: "Handwritten digits"; the heading where it is not known here."""
        problem = problem_named(self.card.problem)
        return problem.title if problem else self.heading

    @property
    def verdict(self) -> str:
        """In words."""
        return VERDICTS[self.card.verdict] if self.best is None else NO_CHANGE

    @property
    def best(self) -> int | None:
        """The number of the best attempt before, where the card tells that one's figures."""
        return None if self.record is None else self.record.figures_of

    @property
    def tone(self) -> str:
        """The verdict's code, by which a page colours itself."""
        return self.card.verdict.value if self.best is None else NO_CHANGE_CODE

    @property
    def uncertainty(self) -> str:
        """A sentence where the confidence interval covers two scores or more; else empty."""
        if len(self.card.scores_in_interval) < 2 or self.best is not None:
            return ""
        which = "either score" if len(self.card.scores_in_interval) == 2 else "any of these scores"
        return (
            f"The confidence interval covers {joined(map(str, self.card.scores_in_interval))} of 5: on all "
            f"the data there could be, this model might earn {which}. On this test set it earned "
            f"{self.card.score}."
        )

    @property
    def likely(self) -> str:
        """The headline: every score in the confidence interval, "5" or "4 or 5"; where these are too many to
        say anything, the score that was earned."""
        return str(self.card.score) if self.doubt else likely_scores(self.card)

    @property
    def doubt(self) -> str:
        """What stands beside the headline where the confidence interval leaves nearly everything open."""
        if len(self.card.scores_in_interval) <= _MOST_LIKELY:
            return ""
        assumes = self.card.interval.assumes if self.card.interval is not None else ""
        count, _, what = assumes.partition(" ")
        if what != "independent examples":
            return "the examples are too few to be sure"
        return f"{'1 example is' if count == '1' else f'{count} examples are'} too few to be sure"

    @property
    def unit_of_labels(self) -> str:
        """Of what was predicted: "mpg"; empty for classes."""
        problem = problem_named(self.card.problem)
        return (problem.metric.unit_of_labels if problem else "") or self.card.unit

    @property
    def scale(self) -> Scale | None:
        """Where the metric stands among the bands; None where nothing was scored."""
        from .scale import place_on_scale  # only a page draws it

        return place_on_scale(self.card, self.bands, self.report_data.baselines)

    @property
    def measures(self) -> tuple[Fact, ...]:
        """The metric, its confidence interval, and the way to the next band."""
        if self.card.value is None:
            return ()
        problem = problem_named(self.card.problem)
        facts = (
            (self.card.metric[:1].upper() + self.card.metric[1:], value_of(self.card)),
            ("95% confidence interval", interval_of(self.card)),
            ("It assumes", self.card.interval.assumes if self.card.interval else ""),
            ("On changed copies", self.card.model.get(ON_COPIES, "")),
            ("Next band", way_to_next(self.card)),
            ("Skill", skill(self.card.value, self.report_data.baselines) if self._is_of_series else ""),
            ("As the exam", as_published(problem.published, self.card.value) if problem else ""),
            ("Proven", _proof_of(problem)),
            ("Attempt", _attempt(self.record)),
        )
        return tuple((name, value) for name, value in facts if value)

    @property
    def _is_of_series(self) -> bool:
        problem = problem_named(self.card.problem)
        return problem is not None and problem.category is Category.E

    @property
    def model(self) -> tuple[Fact, ...]:
        """What is known of the model, and of the file that held it."""
        facts = [
            (name.replace("_", " "), self.card.model[name]) for name in _MODEL if self.card.model.get(name)
        ]
        if (record := self.record) is not None:
            facts += [("file", record.name), ("kind", record.kind or "unknown"), ("size", size(record.size))]
        return tuple(facts)

    @property
    def improvements(self) -> tuple[str, ...]:
        """What could be better though it passed, a sentence each."""
        if self.card.verdict is not Verdict.PASSED or self.best is not None:
            return ()
        from .next_steps import improvements

        return improvements(self.card, self.report_data)

    @property
    def note(self) -> str:
        """The learner's own words on this attempt; empty where there are none."""
        return self.report_data.notes.get(self.record.number, "") if self.record else ""

    @property
    def layers(self) -> tuple[str, ...]:
        """For each layer: its class, shape and parameters."""
        return tuple(layer for layer in self.card.model.get("layers", "").splitlines() if layer.strip())

    @property
    def timings(self) -> tuple[tuple[str, str, float], ...]:
        """By step: its name, its time in words, and its share of the total."""
        total = self.card.timings.total
        if not total:
            return ()
        steps = [(name, float(getattr(self.card.timings, name))) for name in _STEPS]
        return (
            *((name, seconds(spent), min(1.0, spent / total)) for name, spent in steps if spent),
            ("total", seconds(total), 1.0),
        )

    @property
    def fingerprints(self) -> tuple[Fact, ...]:
        """Digests of all that a score depends on."""
        digests = self.card.fingerprints
        if digests is None:
            return ()
        return (
            ("model", digests.artifact),
            ("data", digests.data),
            ("scoring", digests.scoring),
            ("environment", digests.environment),
        )

    @property
    def repeatable(self) -> str:
        """What the fingerprints promise, and how far other gradings of the same file came out apart."""
        compared = (
            (each.number, compare_environments(self.card, each.card)) for each in self.report_data.attempts
        )
        elsewhere = (f"Submission {number} is this file in {told}." for number, told in compared if told)
        prints = self.card.fingerprints
        on_gpu = prints is not None and '"device":"GPU' in prints.environment
        return " ".join((ON_GPU if on_gpu else SAME_SCORE, *elsewhere))

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the analysis of the predictions shows, in a few numbers."""
        if self.report_data.analysis is None:
            return ()
        from .measures import facts_of

        earlier = self.report_data.figures_of
        why = "is not measurably better" if self.best else "differs by no more than chance"
        of = (("Figures of", f"submission {earlier}: this one {why}"),)
        return (
            *(of if earlier is not None else ()),
            *facts_of(self.report_data.analysis, self.unit_of_labels),
        )

    @property
    def tables(self) -> tuple[Table, ...]:
        """The numbers behind the plots of the predictions."""
        if self.report_data.analysis is None:
            return ()
        from .measures import tables_of

        return tables_of(self.report_data.analysis, self.unit_of_labels)

    @property
    def training(self) -> Table | None:
        """Every curve of the training log."""
        if self.report_data.curves is None:
            return None
        from .measures import curve_table

        return curve_table(self.report_data.curves)

    @property
    def trained(self) -> tuple[Fact, ...]:
        """The same in a sentence each."""
        if self.report_data.curves is None:
            return ()
        from .measures import curve_facts

        return curve_facts(self.report_data.curves)

    @property
    def attempts(self) -> Table | None:
        """The last attempts at the problem, newest first; None without a second one."""
        attempts = self.report_data.attempts
        if len(attempts) < 2:
            return None
        notes = self.report_data.notes
        noted = any(each.number in notes for each in attempts)
        names = ("No.", "when, UTC", "score", "metric", *(("note",) if noted else ()))
        shown = columns(*names, numbers={"No.", "score", "metric"}, whole={"when, UTC"}, verbatim={"note"})
        rows = (
            (
                *(str(each.number), minute(each.when), *earned(each)[:2]),
                *((notes.get(each.number, ""),) if noted else ()),
            )
            for each in attempts[: -MOST_ATTEMPTS - 1 : -1]
        )
        return Table("The last attempts at this problem", shown, tuple(rows))


def make_view(record: Record, report_data: ReportData = NOTHING) -> SubmissionView:
    """The view of a recorded submission.

    Args:
        record: the submission, as the ledger returns it.
        report_data: the analysis, training curves and other attempts; without it, only the card is shown.
    """
    return SubmissionView(record.card, bands_of(record.card), heading_of(record), record, report_data)


def heading_of(record: Record) -> str:
    """For example "problem2 · mnist · submission 7"."""
    problem = problem_named(record.card.problem)
    name = f" · {problem.name}" if problem else ""
    return f"{record.card.problem}{name} · submission {record.number}"


def earned(record: Record) -> tuple[str, str, str]:
    """Score, metric and verdict, for a row of a table; "as 1" where only the best one's figures are told."""
    card, best = record.card, record.figures_of
    if best is not None:
        return f"as {best}", "-", NO_CHANGE
    score = "-" if card.score is None else f"{card.score}/5"
    value = value_of(card) + (f" ({card.half})" if card.half and card.value is not None else "")
    return score, value, VERDICTS[card.verdict]


def tone_of(record: Record) -> str:
    """The code of its verdict."""
    return record.card.verdict.value if record.figures_of is None else NO_CHANGE_CODE


def _attempt(record: Record | None) -> str:
    """For example "7 at the feedback half of the hidden test set"; empty outside of practice."""
    if record is None or record.attempt is None:
        return ""
    half = record.card.half
    which = (
        f"the {half} half of the hidden test set" if half else "this hidden test set, which is not divided"
    )
    return f"{record.attempt:,} at {which}"


def submitted(record: Record) -> str:
    """By whom and when, on which data."""
    half = f", {record.card.half} half" if record.card.half else ""
    return f"{record.learner} · {moment(record.when)} · {record.card.data_source} data{half}"


def bands_of(card: ScoreCard) -> tuple[Band, ...]:
    """From 5 downwards; none where neither the card nor this installation knows them."""
    if card.bands:
        return card.bands
    try:
        problem = problem_named(card.problem)
        return problem.data_source(card.data_source.split(":")[0]).bands if problem else ()
    except KeyError:
        return ()


def _proof_of(problem: Problem | None) -> str:
    """With what a problem from a folder was proven; empty for tfprep's own, and where there is no proof."""
    if problem is None or problem.number or not (problem.folder / "proof.json").is_file():
        return ""
    from ..author.proof import told_proof  # only such a problem has one

    return told_proof(problem)


def problem_named(name: str) -> Problem | None:
    """The problem; None where the record is of an installation that had more problems than this one."""
    try:
        return find(name)
    except UnknownProblem:
        return None
