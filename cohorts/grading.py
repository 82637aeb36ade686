"""Grades a source for a cohort: what is in it, by which rules, and what of it must run."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..classroom.cohort_data import find_dataset, load_dataset, mentor_store
from ..classroom.roster import own_names
from ..classroom.rules import CohortRules
from ..classroom.rules_file import record_rules
from ..classroom.service_base import cohort_name
from ..errors import BadCohort, TfprepError
from ..files.atomic import sha256, write_whole
from ..files.csv_tables import read_text
from ..files.scratch import scratch_folder
from ..files.text import counted
from ..grader.parallel.prepared_problem import PreparedProblem, has_changed, prepare
from ..grader.parallel.worker_threads import executor_for
from ..grader.records.cohort import Cohort, Learner
from ..grader.records.cohort_runs import Attempt, CohortNote, Instructions
from ..grader.services import interrupted
from ..grader.submission.submission import Submission, read_submission
from ..problems import Dataset, DataStore, find
from ..sandbox import Limits, WorkerPool
from .batch.batch import Batch, RunAgain, never
from .batch.progress import BatchCounts, OnProgress
from .importing import ImportedFile, ImportedSource
from .importing.corrections import NAME as DRAFT
from .importing.corrections import write_drafts
from .importing.importing import SourceOptions, import_source, name_the_late, warn_of_times
from .requests import GradeRequest, name_of
from .rules_in_force import RulesInForce
from .same_people import with_known_ids

MakePool = Callable[[Limits], WorkerPool]
"""Makes a pool whose workers have room for jobs within these limits. Raises SandboxUnavailable."""
_KEPT = "Interrupted. Everything that had finished is kept."
_BY_GRADING = "Graded by these rules."


class Grading(RulesInForce):
    """Grades sources for cohorts."""

    def grade(
        self, request: GradeRequest, make_pool: MakePool, on_progress: OnProgress
    ) -> tuple[BatchCounts, Cohort]:
        """Grades every submission in a source that has no result yet.

        Data is fetched and workers are started only where something must run.

        Args:
            request: the source, the rules and the roster. Where a rule is another one than before, it asks.
            make_pool: makes the workers, for the largest limits of the problems.
            on_progress: called after each commit.

        Returns:
            What came of this run, and the cohort's results.

        Raises:
            BadCohort: the source, the rules or the roster cannot be used, or the mentor said no.
            CohortBusy: another program is grading this cohort.
            BadData, DataUnavailable: a problem's data cannot be used or fetched.
            SandboxUnavailable: no worker could be started. Nothing was graded.
            Interrupted: a person stopped it. What had finished is stored.
        """
        with interrupted(_KEPT, "Run the command again to go on."):
            return self._grade(request, make_pool, on_progress)

    def _grade(
        self, request: GradeRequest, make_pool: MakePool, on_progress: OnProgress
    ) -> tuple[BatchCounts, Cohort]:
        rules, note = self._begin(request)
        self.home.make()
        with scratch_folder(self.home.root) as scratch:
            people = note.learners if note.has_roster else None
            instructions = self._earlier_instructions(request, note)
            imported = import_source(
                request.source, people, rules, scratch, _as_files(instructions, request, scratch)
            )
            self._tell_of(imported, rules)
            self._ask_about_strangers(request, note.name, imported)
            draft = self._write_drafts(imported, request, note)
            instructions = replace(_with_new_instructions(instructions, request, imported), draft=draft)
            note = replace(
                note, learners=imported.roster, unmatched=imported.unmatched, instructions=instructions
            )
            prepared = self._prepare_needed(request, note, rules, imported.files)
            batch: Batch[ImportedFile] = Batch(self.ledger, note, prepared, on_progress, request.reason)
            with executor_for(lambda: make_pool(_largest_limits(prepared))) as executor:
                tally = batch.run(imported.files, read_imported_file, executor, _run_again(request))
        cohort = self.results(note.name)
        names = own_names(each.learner for each in cohort.learners).values()
        if unknown := rules.deadlines.without_learner(itertools.chain(*names)):
            who = ", ".join(unknown)
            self.tell(
                f"These extensions name nobody in this cohort, or more than one person (give the id): {who}."
            )
        return tally, cohort

    def prepare(self, rules: CohortRules, problems: Iterable[str]) -> Mapping[str, PreparedProblem]:
        """The problems with these ids, in the order of the rules. Data that is not here is fetched.

        Raises:
            BadCohort: the secret is not at hand.
            BadData, DataUnavailable: a problem's data cannot be used or fetched.
        """
        store, wanted = mentor_store(self.home, rules), set(problems)
        return {
            problem: _prepared(store, load_dataset(store, rules, problem, self.tell), rules)
            for problem in rules.ids
            if problem in wanted
        }

    def _begin(self, request: GradeRequest) -> tuple[CohortRules, CohortNote]:
        """The rules, and what is known of the run before its source is looked at.

        Raises:
            BadCohort: the rules cannot be used, or others would count and the mentor said no.
        """
        given = None if request.rules is None else record_rules(request.rules)
        name = self._name_of(request.name) or self._name_by_source(request, given[0].name if given else "")
        earlier = self.find_note(name)
        if given is None and earlier is not None:
            given = self.rules_of(earlier), earlier.rules
        rules, record = given or record_rules(None)
        for warning in rules.warnings:
            self.tell(warning)
        if earlier is not None and earlier.runs and record != earlier.rules:
            preview = self.preview(earlier, rules, record.path)
            if preview.rules and not request.confirm_rules(preview):
                raise BadCohort("Nothing was graded, and the rules before count as they did.")
        roster, assignments = request.roster, request.assignments or {}
        if roster is not None and earlier is not None:
            roster = self._with_known_ids(request, earlier, roster)
        elif earlier is not None and earlier.has_roster:
            roster, assignments = earlier.learners, earlier.assignments
        return rules, CohortNote(
            name=name,
            learners=tuple(roster or ()),
            has_roster=roster is not None,
            assignments=assignments,
            rules=record,
            why=request.reason or _BY_GRADING,
            act=request.act,
            folder=str(request.source.absolute()),
            by=self.by,
        )

    def _with_known_ids(
        self, request: GradeRequest, note: CohortNote, roster: Sequence[Learner]
    ) -> Sequence[Learner]:
        """The roster, with the ids by which the cohort knows those who handed something in.

        Raises:
            BadCohort: an id is another person's now.
        """
        used = {each.entry.learner for each in self.ledger.cohorts.attempts(note.name)}
        used |= {each.learner for each in self.ledger.cohorts.decisions(note.name)}
        listed = {one.id: one for one in note.learners}
        known = [listed.get(each, Learner(each)) for each in sorted(used)]
        return with_known_ids(known, roster, self.tell, request.confirm)

    def _name_of(self, given: str | None) -> str:
        """The name that a mentor gave, as a cohort can have it; empty where none was given."""
        if given is None or self.find_note(given) is not None:
            return given or ""
        return cohort_name(given)

    def _name_by_source(self, request: GradeRequest, written: str) -> str:
        """The cohort that a source is for: the one that it was graded for, if the mentor says so.

        Args:
            request: the source.
            written: the name in cohort.toml; empty where it has none. A new one is another cohort's, if the
                mentor says so: a cohort that was renamed has its old name there.

        Raises:
            BadCohort: the mentor says no.
        """
        name = self._name_of(written or None) or name_of(request.source)
        sources = self.ledger.cohorts.sources()
        source = request.source.absolute()
        same = [each for each, graded in sources.items() if str(source) in graded]
        if not same and name not in sources and source.is_file():
            # Next week's download of a cohort that is called otherwise than its folder.
            same = [each for each, graded in sources.items() if source.parent in map(_folder_of, graded)]
        if not same or name in same:
            return name
        is_new = bool(written) and self.name_in_rules(same[0]) != written
        meant, other = (name, same[0]) if is_new else (same[0], name)
        who = "The rules call the cohort" if written else "By the folder, the cohort is called"
        question = (
            f"{request.source.name}, or a folder beside it, was graded for the cohort {same[0]!r} before. "
            f"{who} {name!r}. Grade it for {meant!r}?"
        )
        if not request.confirm(question):
            raise BadCohort("Nothing was graded.", f"For {other!r}, give {shlex.join(['--cohort', other])}.")
        return meant

    def _earlier_instructions(self, request: GradeRequest, note: CohortNote) -> Instructions:
        """What was said about this source before: of a file only while it is the same file."""
        problem = find(request.problem).id if request.problem else ""
        earlier = self.find_note(note.name)
        runs = [] if earlier is None else [run for run in earlier.runs if run.source == note.folder]
        nothing = Instructions(problem)
        if not runs or not runs[-1].instructions.manifests or runs[-1].instructions.problem != problem:
            return nothing
        last = runs[-1].instructions
        return last if last.digest == _digest_of(request.source) else nothing

    def _tell_of(self, imported: ImportedSource, rules: CohortRules) -> None:
        for note in (*imported.notes, warn_of_times(imported, rules), name_the_late(imported)):
            if note:
                self.tell(note)

    def _prepare_needed(
        self, request: GradeRequest, note: CohortNote, rules: CohortRules, files: Sequence[ImportedFile]
    ) -> Mapping[str, PreparedProblem]:
        """The problems of which something must run, and those whose data is here anyway."""
        earlier = self.find_note(note.name)
        attempts = () if earlier is None else self.ledger.cohorts.attempts(note.name)
        needed = _needed(files, attempts, request)
        with_secret = self._with_secret(note, rules)
        prepared = {**self.prepare(with_secret, needed)} if needed else {}
        with suppress(BadCohort):  # without the secret, nothing is at hand
            store = mentor_store(self.home, with_secret)
            for problem in {file.problem for file in files} - needed:
                if (dataset := find_dataset(store, rules, problem)) is not None:
                    prepared[problem] = _prepared(store, dataset, rules)
        return prepared

    def _with_secret(self, note: CohortNote, rules: CohortRules) -> CohortRules:
        """The rules with their secret; without it where it is not at hand, which only running needs."""
        if rules.secret is not None or not rules.secret_id:
            return rules
        with suppress(BadCohort):
            return self.rules_for_data(note)
        return rules

    def _write_drafts(self, imported: ImportedSource, request: GradeRequest, note: CohortNote) -> str:
        """Writes the list of what could not be placed, and says where it is. Returns its digest."""
        before = self.find_note(note.name)
        runs = () if before is None else before.runs
        earlier = {run.instructions.draft for run in runs if run.source == note.folder}
        folder = request.out or self.report_folder(note.name)
        written = write_drafts(imported.drafts, folder, earlier)
        if written is None:
            return ""
        path, digest = written
        other = f" {DRAFT} beside it may be one that you corrected: it stays." if path.name != DRAFT else ""
        self.tell(
            f"{len(imported.drafts):,} could not be placed. {path} says whose they may be: correct it, "
            f"and run {_command_with(path, request)}.{other}"
        )
        return digest

    def _ask_about_strangers(self, request: GradeRequest, name: str, imported: ImportedSource) -> None:
        """Where a run shares nobody with the cohort that it is for by its name alone, asks first."""
        if request.name or request.roster is not None or self.find_note(name) is None:
            return
        known = {attempt.entry.learner for attempt in self.ledger.cohorts.attempts(name)}
        found = {file.learner for file in imported.files}
        question = (
            f"Of {counted(len(found), 'learner')} in {request.source.name}, none is in the cohort {name!r} "
            "so far. Are they one class?"
        )
        if known and found and not known & found and not request.confirm(question):
            raise BadCohort("Nothing was graded.", "Give another class a name of its own with --cohort.")


def _command_with(manifest: Path, request: GradeRequest) -> str:
    """The command that takes a corrected list: `cohort regrade` takes none."""
    if request.run_again is None:
        return f"the same command with --manifest {manifest}"
    words = ["tfprep", "cohort", "grade", str(request.source), "--manifest", str(manifest)]
    named = {"--cohort": request.name, "--problem": request.problem}
    words += [word for option, value in named.items() if value for word in (option, value)]
    return f"`{shlex.join(words)}`"


def _folder_of(source: str) -> Path:
    return Path(source).parent


def _digest_of(source: Path) -> str:
    return sha256(source) if source.is_file() else ""


def _as_files(instructions: Instructions, request: GradeRequest, scratch: Path) -> SourceOptions:
    """The instructions, with the earlier lists written to files."""
    lists = enumerate(instructions.manifests)
    earlier = tuple(write_whole(scratch / f"list-{number}.csv", text) for number, text in lists)
    aside = frozenset(instructions.aside)
    return SourceOptions(request.problem, request.manifest, earlier, aside, request.roster_name)


def _with_new_instructions(
    instructions: Instructions, request: GradeRequest, imported: ImportedSource
) -> Instructions:
    """What is to be remembered of a source, for its next run."""
    manifests = instructions.manifests
    if request.manifest is not None:
        now = read_text(request.manifest)
        manifests = (*(each for each in manifests if each != now), now)
    if not manifests:
        return instructions
    return replace(instructions, manifests=manifests, aside=imported.aside, digest=_digest_of(request.source))


def read_imported_file(file: ImportedFile) -> Submission:
    """A submission's bytes and digest. Raises BadSubmission."""
    return read_submission(file.path, file.problem, file.learner)


def _needed(files: Sequence[ImportedFile], attempts: Iterable[Attempt], request: GradeRequest) -> set[str]:
    """The problems of which something must run: files are read until one without a result is found."""
    known = {(each.entry.learner, each.entry.problem, each.entry.digest): each for each in attempts}
    needed = {file.problem for file in files} if request.rerun_changed else set()
    for file in files:
        if file.problem in needed:
            continue
        with suppress(TfprepError, OSError):  # what cannot be read is told when it is its turn
            attempt = known.get((file.learner, file.problem, read_imported_file(file).digest))
            chosen = request.run_again
            if attempt is None or (chosen is not None and chosen.has(attempt)):
                needed.add(file.problem)
    return needed


def _run_again(request: GradeRequest) -> RunAgain:
    chosen = request.run_again
    if chosen is not None:
        return lambda attempt, _: chosen.has(attempt)
    return has_changed if request.rerun_changed else never


def _prepared(store: DataStore, dataset: Dataset, rules: CohortRules) -> PreparedProblem:
    key = store.key_for(f"changed copies of {rules.name}")
    return prepare(dataset, key, rules.policy(dataset.problem.id))


def _largest_limits(prepared: Mapping[str, PreparedProblem]) -> Limits:
    """Memory and disk for every job to come. The time limit is each job's own."""
    limits = []
    for each in prepared.values():
        limits.append(each.policy.predicting(each.dataset.problem))
        if each.policy.allow_scripts:
            limits.append(each.policy.training(each.dataset.problem))
    return max(
        limits,
        key=lambda each: (each.memory_bytes + each.disk_bytes, each.writes_files),
        default=Limits(seconds=60.0, writes_files=False),
    )
