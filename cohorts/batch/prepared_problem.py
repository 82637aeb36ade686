"""One problem of a cohort, made ready once for everyone who is graded on it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields

from ...grader.diagnosis import Inquirer
from ...grader.grade import Paper, pack_questions
from ...grader.scoring.fingerprints import grader_fingerprint
from ...grader.submission.policy import USUAL, Terms
from ...problems import Answers, Dataset, Part
from ...sandbox import Questions
from ..integrity.contamination import Paraphrases


@dataclass(frozen=True)
class Subject:
    """A data set with its questions packed, and on which ground it is scored."""

    dataset: Dataset
    terms: Terms
    ground: str
    """Terms and bands: what a score depends on beside its card's fingerprints, in one canonical line."""
    grader: str
    """The fingerprint of the code that scores it."""
    questions: Questions = field(repr=False)
    inquirer: Inquirer = field(repr=False, compare=False)
    """Asks a model below full marks again, to explain its score."""
    paraphrases: Paraphrases = field(repr=False, compare=False)
    """The hidden questions changed a little: who knows them by heart falls apart."""

    @property
    def paper(self) -> Paper:
        """What everyone is asked: the hidden questions, and behind them their paraphrases."""
        return Paper(self.questions, self.inquirer, self.paraphrases.questions)


@dataclass(frozen=True)
class InMemory(Dataset):
    """A data set whose answers are read once, and not for everyone again."""

    kept: dict[Part, Answers] = field(default_factory=dict, compare=False, repr=False)

    def answers(self, part: Part) -> Answers:
        """Labels in the order of the questions, which nobody may change."""
        if part not in self.kept:
            answers = super().answers(part)
            answers.values.setflags(write=False)
            self.kept[part] = answers
        return self.kept[part]


def prepare(dataset: Dataset, terms: Terms = USUAL) -> Subject:
    """The data set ready for everyone: its hidden questions are packed once."""
    told = {each.name: getattr(dataset, each.name) for each in fields(Dataset)}
    dataset = InMemory(**told)
    return Subject(
        dataset=dataset,
        terms=terms,
        ground=ground_of(dataset, terms),
        grader=grader_fingerprint(dataset.problem),
        questions=pack_questions(dataset, Part.HIDDEN),
        inquirer=Inquirer(dataset, Part.HIDDEN),
        paraphrases=Paraphrases(dataset, Part.HIDDEN),
    )


def ground_of(dataset: Dataset, terms: Terms) -> str:
    """The terms and bands of a grading in one canonical line: equal lines, equal ground."""
    bands = [[band.score, band.at_least, band.at_most] for band in dataset.bands]
    # Read again by `recorder.has_changed`.
    return json.dumps({"bands": bands, "terms": asdict(terms)}, sort_keys=True, separators=(",", ":"))
