"""What services for mentors stand on: the ledger, the home, a cohort and the rules that it counts by."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import BadCohort, NoSuchRecord
from ..files.text import NAME_LIMIT, Tell, is_usable_id, listed
from ..grader.records.cohort import NO_COHORT
from ..grader.records.cohort_runs import CohortNote
from ..home import Home
from .rules import CohortRules
from .rules_file import read_rules, recorded_rules

if TYPE_CHECKING:
    from ..grader.ledger import Ledger

"""Takes one sentence for the mentor."""
APPLY: Final = "`tfprep cohort rules FILE --apply`"
_LONGEST: Final = 160
"""Bytes of a cohort's part of a folder's name: file systems take 255 in all."""

_LISTED: Final = 10


@dataclass(frozen=True)
class ServiceBase:
    """A mentor's ledger and home.

    Where a method takes the name of a cohort, None is the one whose cohort.toml is `here`; without such a
    file, the cohort that was used last. Each raises NoSuchRecord where there is no such cohort, BadCohort
    where its rules cannot be used, and LedgerUnavailable.
    """

    ledger: Ledger
    home: Home
    by: str
    """The mentor's name, for the audit."""
    tell: Tell
    here: Path | None = None
    """The cohort.toml of the folder that the mentor is in, if there is one."""

    def note(self, name: str | None) -> CohortNote:
        """What is known of a cohort beside its entries."""
        names = self.ledger.cohorts.names()
        if not names:
            raise NoSuchRecord(NO_COHORT)
        if name is not None and name not in names:
            name = cohort_name(name)
        return self.ledger.cohorts.read(self._usual(names) if name is None else name)

    def has_usual(self) -> bool:
        """Whether there is a cohort where none is named."""
        try:
            self.note(None)
        except NoSuchRecord:
            return False
        return True

    def _usual(self, names: Sequence[str]) -> str:
        """Of all cohorts: the one whose rules are `here`, by its name, or by the file that it was graded by.

        Raises:
            NoSuchRecord: the file is of none of them.
        """
        if self.here is None:
            return names[0]
        called = None
        with suppress(BadCohort):  # an edit broke it: where it lies tells still
            called = read_rules(self.here).name
        if called is not None and called in names:
            return called
        for name in self.ledger.cohorts.ruled_by(str(self.here.absolute())):
            if called is None or self.name_in_rules(name) == called:
                return name
        of_whom = f"of the cohort {called!r}" if called else "of a cohort without a name"
        raise NoSuchRecord(
            f"{self.here.absolute()} is {of_whom}, and nothing was graded for it yet. Say with --cohort NAME "
            f"which cohort is meant: {listed(map(repr, names), _LISTED)}."
        )

    def name_in_rules(self, name: str) -> str:
        """How the rules that a cohort counts by call it, which was renamed since; empty where they do not."""
        with suppress(BadCohort):  # this version may not take an old text any more
            return recorded_rules(self.ledger.cohorts.read(name).rules).name
        return ""

    def find_note(self, name: str) -> CohortNote | None:
        """What is known of the cohort of this name; None where there is none."""
        return self.ledger.cohorts.read(name) if name in self.ledger.cohorts.names() else None

    def rules_of(self, note: CohortNote) -> CohortRules:
        """The rules that count, without their secret. Of an earlier version, those that stand in the file."""
        if note.rules.text is not None:
            return recorded_rules(note.rules)
        try:
            return read_rules(Path(note.rules.path))
        except BadCohort as error:
            raise BadCohort(str(error), f"{APPLY} lets another file count.") from error

    def rules_for_data(self, note: CohortNote) -> CohortRules:
        """The rules that count, with the secret that divides the data.

        Raises:
            BadCohort: the file with the secret is gone, or holds another one.
        """
        rules = self.rules_of(note)
        if not rules.secret_id or rules.secret is not None:
            return rules
        try:
            secret = read_rules(Path(note.rules.path)).secret
        except BadCohort as error:
            raise BadCohort(f"The secret that divides the data is needed. {error}") from error
        if replace(rules, secret=secret).known_secret != rules.secret_id:
            raise BadCohort(
                f"The data of this cohort was divided by another secret than the one in {note.rules.path}.",
                "Put the old one back.",
            )
        return replace(rules, secret=secret)

    def report_folder(self, name: str) -> Path:
        """Where the pages and exports of the cohort of this name are written by default.

        Where an older cohort's name differs only by what no folder's name keeps, a digest is added. So the
        folder of a cohort stays its own, whatever cohorts come later. An earlier version kept only letters
        from A to Z: its folder stays in use, if it can be of no other cohort.
        """
        folder, earlier = (self.home.reports / f"cohort-{each(name)}" for each in (_plain, _ascii))
        with_digest = folder.with_name(f"{folder.name}-{hashlib.sha256(name.encode()).hexdigest()[:8]}")
        older = itertools.takewhile(lambda each: each != name, self.ledger.cohorts.names_by_age())
        is_taken = any(_plain(each).casefold() == _plain(name).casefold() for each in older)
        if is_taken or with_digest.is_dir():
            return with_digest
        same = [each for each in self.ledger.cohorts.names() if _ascii(each) == _ascii(name)]
        return earlier if same == [name] and earlier.is_dir() and not folder.is_dir() else folder


def cohort_name(text: str) -> str:
    """A name as a cohort can have it: composed, and without space around it.

    Raises:
        BadCohort: it is empty, too long, or has characters that cannot be shown.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not is_usable_id(name):
        raise BadCohort(
            f"A cohort's name has 1 to {NAME_LIMIT} characters that can be shown, and single spaces."
        )
    return name


def _plain(name: str) -> str:
    """A part of a file name: letters, marks and digits of all scripts, composed, and hyphens."""
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LMN" else "-"
        for letter in unicodedata.normalize("NFC", name)
    )
    plain = "-".join(filter(None, kept.split("-"))) or "unnamed"
    if len(plain.encode()) <= _LONGEST:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()[:8]
    return f"{plain.encode()[: _LONGEST - 9].decode(errors='ignore')}-{digest}"


def _ascii(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "unnamed"
