"""What speaks against a hand-in, and what a mentor should know of one that counts.

Whatever the notes of an exam session say, the learner's machine wrote them: they can be made up. So they
decide only where they contradict the mentor's rules or themselves; everything else is a remark with its
evidence, for a person to judge.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from ..classroom.exam_totals import BEFORE, by_learner, which_counts
from ..classroom.signing import fingerprint
from ..files.text import counted, in_words, one_line, second
from ..grader.ledger.exams import MOST_RETURNED
from ..grader.records.cohort import ExamTotal
from ..grader.records.exam import ExamEnding, restarted
from .common_rules import tell_differing, usual_rules
from .config import ExamConfig
from .earlier_hand_ins import is_whole
from .hand_in import ExamNotes
from .other_owner import Names, other_owner

Whose = tuple[str, str]
"""An exam's id, and a learner's."""
SLACK = timedelta(minutes=2)
"""By which two clocks may differ, and by which a command may end later than it began."""


@dataclass(frozen=True)
class OpenedHandIn:
    """A hand-in that could be opened: its notes, and where it lies. Its models are read when they are run."""

    file: str
    """Where it lies in the folder, as it may be shown."""
    digest: str
    """sha256 of the file, in hex."""
    notes: ExamNotes
    config: ExamConfig
    mentor: str
    machine: str
    """The public key of the home that wrote it."""
    path: Path
    number: int
    """Of the files in the folder, from 1."""
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`HandInContent.facts`."""
    copies: tuple[str, ...] = ()
    """Where the same hand-in lies too."""
    stands: bool = True
    """Nothing speaks against it by itself, or the mentor lets it count all the same."""
    against: tuple[str, ...] = ()
    """What speaks against it: with any, it does not count."""
    remarks: tuple[str, ...] = ()
    """What was noticed of this exam session; the certificate says it."""
    questions: tuple[str, ...] = ()
    """What a comparison shows; it names others, and is for the mentor alone."""

    @property
    def learner(self) -> str:
        """The learner's id, as the mentor's rules have it."""
        return self.config.learner

    @property
    def identity(self) -> str:
        """In hex, the same for the same models of the same exam session, however often they were sealed."""
        models = (f"{each.problem} {each.digest}" for each in self.notes.models)
        parts = [self.machine, self.config.exam, self.learner, self.notes.session, *models]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def who(self) -> str:
        """The learner's id, as it may be shown."""
        return one_line(self.learner, 60)


@dataclass(frozen=True)
class Expected:
    """What a mentor knows beside the hand-ins."""

    learners: frozenset[str]
    """The ids in the roster."""
    mentor: str
    """The public key that signed the rules of every exam of this home."""
    now: datetime
    cohorts: Sequence[str] = ()
    """What the cohort is called, here and in its rules, which may be older than its name; empty: anything."""

    names: Names = field(default_factory=dict)
    """How a platform may write the learners."""

    def of_another(self, found: OpenedHandIn) -> str:
        """A sentence where this mentor made its rules for another cohort; else nothing."""
        theirs = found.config.cohort
        if found.mentor != self.mentor or not self.cohorts or theirs in self.cohorts:
            return ""
        theirs = one_line(theirs, 60)
        return (
            f"It is of an exam of {theirs}, and not of {one_line(self.cohorts[0], 60)}. "
            f"`tfprep exam grade` with --cohort {theirs}, or with the rules it was packed by, grades it."
        )


def check_alone(found: OpenedHandIn, expected: Expected) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What speaks against a hand-in by itself, and what a mentor should know of it."""
    return tuple(_against(found, expected)), tuple(_remarks(found))


def _against(found: OpenedHandIn, expected: Expected) -> Iterator[str]:
    notes, config = found.notes, found.config
    if found.mentor != expected.mentor:
        yield (
            f"Its rules are signed by {fingerprint(found.mentor)}, not by this home's key "
            f"{fingerprint(expected.mentor)}."
        )
    if notes.learner != config.learner:
        yield f"It names {one_line(notes.learner, 60)}, and its rules were made for {found.who}."
    if found.learner not in expected.learners:
        yield f"{found.who} is not in the roster."
    asked = {each.problem for each in config.problems}
    for each in notes.models:
        if each.problem not in asked:
            yield f"It holds a model of {one_line(each.problem, 60)}, which the exam does not ask."
    yield from _broken_rules(notes, config)
    yield from _contradictions(notes, expected.now)


def _broken_rules(notes: ExamNotes, config: ExamConfig) -> Iterator[str]:
    back = timedelta(seconds=sum(each.seconds for each in notes.returned))
    if config.opens is not None and notes.started < config.opens - SLACK:
        yield f"It began {second(notes.started)}, and the window opened {second(config.opens)}."
    if config.closes is not None and notes.started > config.closes:
        yield f"It began {second(notes.started)}, and the window closed {second(config.closes)}."
    elif config.closes is not None and notes.ended > config.closes + back + SLACK:
        yield f"It ended {second(notes.ended)}, and the window closed {second(config.closes)}."
    allowed = timedelta(seconds=notes.allowed_seconds)
    if allowed > timedelta(minutes=config.minutes) + timedelta(seconds=1):
        yield f"It allowed {in_words(allowed)}, and its rules allow {counted(config.minutes, 'minute')}."
    if back > MOST_RETURNED * allowed + SLACK:
        yield f"It gave {in_words(back)} back, and tfprep gives at most {in_words(MOST_RETURNED * allowed)}."
    late = [each for each in notes.models if each.at > notes.allowed_seconds + SLACK.total_seconds()]
    if late:
        yield f"The model of {one_line(late[0].problem, 60)} was submitted after the time was up."


def _contradictions(notes: ExamNotes, now: datetime) -> Iterator[str]:
    if notes.ended > now + SLACK:
        yield (
            f"It ended {second(notes.ended)}, which has not come yet: it is {second(now)} here. One of the "
            "two clocks is wrong."
        )
    if not notes.started <= notes.ended <= notes.written + SLACK:
        yield (
            f"Its times contradict each other: begun {second(notes.started)}, ended {second(notes.ended)}, "
            f"handed in {second(notes.written)}."
        )


def _remarks(found: OpenedHandIn) -> Iterator[str]:
    notes, closes = found.notes, found.config.closes
    if notes.earlier:
        yield f"This machine had begun the same exam {counted(notes.earlier, 'time')} before."
    if closes is not None and notes.first_written > closes + SLACK:
        yield (
            f"Handed in {in_words(notes.first_written - closes)} after the window closed: written "
            f"{second(notes.first_written)}, closed {second(closes)}."
        )
    if (gap := timedelta(seconds=notes.gap_seconds)) > SLACK:
        yield (
            f"The two clocks of the machine disagreed by up to {in_words(gap)}: it was paused, or its clock "
            "was set."
        )
    if notes.restarts:
        yield restarted(notes.restarts)
    if (sealed := timedelta(seconds=notes.written_gap_seconds)) > SLACK:
        yield (
            f"When it was handed in, the program's calendar and the machine's disagreed by "
            f"{in_words(sealed)}."
        )
    spent = timedelta(seconds=notes.spent_seconds)
    between = notes.ended - notes.started
    back = sum(each.seconds for each in notes.returned)
    if between > spent + timedelta(seconds=back) + SLACK:
        yield f"It took {in_words(between)} by the calendar, and {in_words(spent)} by the exam's clock."
    if back:
        faults = counted(len(notes.returned), "fault")
        first = next(each for each in notes.returned if each.seconds)
        yield (
            f"{in_words(timedelta(seconds=back))} were given back for {faults} of ours. The first: "
            f"{one_line(first.why, 200)}"
        )
    for model in notes.models:
        if model.automatic:
            when = "" if model.saved is None else f" at {second(model.saved)}"
            yield (
                f"{one_line(model.problem, 60)}: nobody submitted this model. It lay in the folder when time "
                f"was up, saved{when} as the file system says."
            )
    if notes.ending is ExamEnding.ABANDONED:
        yield "The exam was abandoned."
    yield from _handed_in_before(notes)
    for sentence in notes.left_out:
        yield f"Its machine says: {one_line(sentence, 300)}"


def _handed_in_before(notes: ExamNotes) -> Iterator[str]:
    if not is_whole(notes.before):
        yield "Its list of the hand-ins that were made before was changed."
    if others := [each for each in notes.before if each.content != notes.content]:
        first = others[0]
        yield (
            f"This exam session was handed in {counted(len(notes.before), 'time')} before, first on "
            f"{second(first.at)}, with other models or another end ({first.content[:12]})."
        )


def tell_changed(found: OpenedHandIn, facts: Mapping[str, str], where: str) -> tuple[str, ...]:
    """What speaks against two copies of one exam session: nothing in its notes changes once it has ended.

    Args:
        found: one copy.
        facts: `facts_of` the notes of the other.
        where: what the other one is called.
    """
    ours = found.facts
    if changed := sorted(
        each for each in (ours.keys() & facts.keys()) - {BEFORE} if ours[each] != facts[each]
    ):
        return (
            f"Its notes and {where} are of one exam session, and differ in {', '.join(changed)}: "
            "somebody changed "
            "one of them. None counts until a person decides: --accept FILE.",
        )
    return ()


def join_facts(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """The facts of two copies of one exam session; what differs is like no later copy's: a person decides."""
    return {
        name: value if name == BEFORE or second.get(name, value) == value else "differs"
        for name, value in first.items()
    }


def check_together(
    found: Sequence[OpenedHandIn],
    known: Sequence[ExamTotal] = (),
    chosen: Mapping[Whose, str] | None = None,
    names: Names | None = None,
) -> Iterator[tuple[OpenedHandIn, list[str], list[str], list[str]]]:
    """For each hand-in, what only a comparison shows.

    Args:
        found: what lies in a folder, each opened and checked alone.
        known: what the ledger has of the same cohort, also of these.
        chosen: by exam and learner, the identity of the hand-in that the mentor lets count.
        names: how a platform may write the learners.

    Yields:
        The hand-in; what speaks against it; what its certificate says; what is for the mentor alone.
    """
    totals = _all_totals(found, known, chosen or {})
    verdicts = {whose: which_counts(several) for whose, several in by_learner(totals).items()}
    machines: dict[str, list[str]] = defaultdict(list)
    models: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for total in totals:
        machines[total.signer].append(total.learner)
        for problem, digest in (total.models or {}).items():
            models[total.exam, problem, digest].append(total.learner)
    usual = usual_rules(each.config for each in found if each.stands)
    for each in found:
        against: list[str] = []
        verdict = verdicts.get((each.config.exam, each.learner))
        is_chosen = verdict is not None and verdict.counts == each.identity
        remarks = [verdict.told] if verdict is not None and is_chosen and verdict.told else []
        if verdict is not None and not is_chosen and not each.against:
            against.append(verdict.why)
        questions = [] if is_chosen and not remarks else list(_hidden_hand_ins(each, found))
        for file in (each.file, *each.copies):
            if owner := other_owner(file, each.learner, names or {}):
                questions.append(f"It lay under the name of {one_line(owner, 60)}: {file}.")
        if each.stands and (other := tell_differing(each.config, usual[each.config.exam])):
            questions.append(
                f"Its rules are not those of most hand-ins of this exam, and differ in {other}: this home's "
                "key signed both. Its points are by its own."
            )
        if others := _others(machines[fingerprint(each.machine)], each):
            questions.append(
                f"One machine (key {fingerprint(each.machine)}) wrote the notes of {each.who} and {others}."
            )
        for handed in each.notes.models:
            if others := _others(models[each.config.exam, handed.problem, handed.digest], each):
                questions.append(
                    f"{one_line(handed.problem, 60)}: {others} handed in the same file, byte for byte."
                )
        yield each, against, remarks, questions


def _all_totals(
    found: Sequence[OpenedHandIn], known: Sequence[ExamTotal], chosen: Mapping[Whose, str]
) -> list[ExamTotal]:
    """What is compared: the hand-ins of the folder, and those that the ledger has of the same exams."""
    stored = {each.digest: each for each in known if each.notes is not None}
    exams = {each.config.exam for each in found}
    here = [
        ExamTotal(
            learner=each.learner,
            exam=each.config.exam,
            total=0.0,
            passed=False,
            points=stored[each.identity].points if each.identity in stored else {},
            file=each.file,
            digest=each.identity,
            signer=fingerprint(each.machine),
            remarks=stored[each.identity].remarks if each.identity in stored else (),
            started=each.notes.started,
            stands=each.stands,
            facts=each.facts,
            certified=stored[each.identity].certified if each.identity in stored else None,
            models={model.problem: model.digest for model in each.notes.models},
        )
        for each in found
    ]
    identities = {each.digest for each in here}
    before = [each for each in stored.values() if each.exam in exams and each.digest not in identities]
    return [
        replace(each, chosen=chosen.get((each.exam, each.learner)) == each.digest)
        for each in (*here, *before)
    ]


def _hidden_hand_ins(each: OpenedHandIn, found: Sequence[OpenedHandIn]) -> Iterator[str]:
    """Other hand-ins of the same exam session that neither of the two tells of."""
    told = {one.content for one in each.notes.before}
    for other in found:
        if other.notes.session != each.notes.session or other.notes.content == each.notes.content:
            continue
        if other.notes.content not in told and each.notes.content not in {
            one.content for one in other.notes.before
        }:
            yield f"{other.file} is of the same exam session, and neither of the two lists the other."


def _others(learners: Sequence[str], each: OpenedHandIn) -> str:
    return ", ".join(sorted({one_line(one, 60) for one in learners if one != each.learner}))
