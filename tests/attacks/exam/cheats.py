"""The table of cheats. Each is a learner of the class, called as the case; honest ones sit between them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ...exams.exam_class import CLOSES, OPENS
from .ways_to_cheat import (
    FULL,
    Case,
    at,
    copied_a_hand_in,
    handed_in_an_old_result,
    handed_in_as_carl,
    handed_in_the_pack,
    handed_in_twice,
    hid_the_first_session,
    make_huge,
    sat_again_at_home,
    sat_again_elsewhere,
    sealed_for_another,
    shared_a_model,
    touched_the_file,
    with_changed_bytes,
    with_changed_plain,
    with_entry,
    with_mentors_rules,
    with_notes,
    with_raw_notes,
    with_rules,
    with_special_file,
    with_two_models,
)


@dataclass(frozen=True)
class Cheat:
    """One case."""

    name: str
    did: str
    """What the cheat did."""
    hand_in: Callable[[Case], None]
    sees: str
    """A part of what the mentor reads about it."""
    total: float | None
    """What counts; None where nothing does."""


CHEATS = (
    Cheat("again", "sat the exam again on one machine", sat_again_at_home, "Only the first counts", 20.0),
    Cheat("twice", "handed in one exam session three times", handed_in_twice, "", FULL),
    Cheat("two", "sat it on two machines", sat_again_elsewhere, "They are of different tfprep homes", None),
    Cheat("hid", "hid a first session", hid_the_first_session, "had begun the same exam 1 time before", FULL),
    Cheat("touch", "trained 26 hours and set the file's time back", touched_the_file, "", 20.0),
    Cheat(
        "late",
        "handed in after the window",
        with_notes(written=(CLOSES + timedelta(hours=7)).isoformat()),
        "Handed in 7 h 00 min after the window closed",
        FULL,
    ),
    Cheat(
        "early",
        "began before the window",
        with_notes(started=(OPENS - timedelta(hours=3)).isoformat()),
        "and the window opened",
        None,
    ),
    Cheat(
        "after",
        "began after the window",
        with_notes(started=at(hours=5), ended=at(hours=6), written=at(hours=6)),
        "and the window closed",
        None,
    ),
    Cheat(
        "over",
        "ended after the window",
        with_notes(ended=at(hours=5), written=at(hours=5)),
        "and the window closed",
        None,
    ),
    Cheat(
        "long",
        "allowed themselves ten hours",
        with_notes(allowed_seconds=36_000.0),
        "It allowed 10 h 00 min",
        None,
    ),
    Cheat(
        "slow", "submitted when time was up", with_entry(at=9_000.0), "submitted after the time was up", None
    ),
    Cheat(
        "future",
        "set the clock ahead",
        with_notes(ended="2026-03-02T12:00:00Z", written="2026-03-02T12:00:00Z"),
        "which has not come yet",
        None,
    ),
    Cheat(
        "ended", "ended before they began", with_notes(ended=at(minutes=-1)), "contradict each other", None
    ),
    Cheat(
        "paused",
        "paused the machine for three hours",
        with_notes(gap_seconds=10_800.0),
        "disagreed by up to 3 h 00 min",
        FULL,
    ),
    Cheat(
        "frozen",
        "let the exam's clock stand still",
        with_notes(ended=at(hours=3), written=at(hours=3)),
        "It took 3 h 00 min by the calendar",
        FULL,
    ),
    Cheat(
        "credit",
        "gave themselves twenty minutes back",
        with_notes(returned=[{"seconds": 1_200.0, "why": "x", "until": 1.0}]),
        "20 min were given back for 1 fault of ours. The first: x",
        FULL,
    ),
    Cheat(
        "credits",
        "gave time back nine thousand times",
        with_notes(returned=[{"seconds": 0.2, "why": "y" * 10, "until": None}] * 9_000),
        "30 min were given back for 9,000 faults",
        FULL,
    ),
    Cheat(
        "generous",
        "gave themselves an hour of two back",
        with_notes(returned=[{"seconds": 3_600.0, "why": "x", "until": 1.0}]),
        "It gave 1 h 00 min back, and tfprep gives at most 30 min",
        None,
    ),
    Cheat(
        "filed",
        "let the model be taken by file time",
        with_entry(automatic=True, saved=at(minutes=39)),
        "nobody submitted this model",
        FULL,
    ),
    Cheat(
        "quit",
        "abandoned the exam and handed it in",
        with_notes(ending="abandoned"),
        "The exam was abandoned",
        FULL,
    ),
    Cheat(
        "stretch",
        "wrote rules with more minutes",
        with_rules(minutes=9_000.0),
        "not by this home's key",
        None,
    ),
    Cheat("bands", "wrote easier bands", with_rules(share=0.1), "not by this home's key", None),
    Cheat(
        "moved",
        "came from another class of this mentor",
        with_mentors_rules(learner="nobody"),
        "nobody is not in the roster",
        None,
    ),
    Cheat(
        "window",
        "had rules of another exam of this mentor",
        with_mentors_rules(exam="fedcba9876543210"),
        "not what this exam was packed with",
        None,
    ),
    Cheat(
        "carls", "handed in under somebody's rules", handed_in_as_carl, "its rules were made for carl", None
    ),
    Cheat("copy", "handed in a neighbour's model", copied_a_hand_in, "dora handed in the same file", 80.0),
    Cheat("share1", "shared a machine", shared_a_model, "One machine (key", FULL),
    Cheat("share2", "shared a machine", shared_a_model, "One machine (key", FULL),
    Cheat(
        "flip",
        "changed a byte",
        with_changed_bytes(lambda file: file[:-1] + bytes([file[-1] ^ 1])),
        "sealed for another key",
        None,
    ),
    Cheat(
        "cut", "cut the file off", with_changed_bytes(lambda file: file[:100]), "sealed for another key", None
    ),
    Cheat(
        "empty",
        "handed in nothing at all",
        with_changed_bytes(lambda file: b""),
        "not a hand-in of an exam",
        None,
    ),
    Cheat("other", "handed in for another mentor", sealed_for_another, "sealed for another key", None),
    Cheat(
        "length",
        "gave the notes no end",
        with_changed_plain(lambda plain: b"\xff" * 4 + plain[4:]),
        "declared length of its notes is wrong",
        None,
    ),
    Cheat(
        "more",
        "hid a file behind the model",
        with_changed_plain(lambda plain: plain + b"more"),
        "not as long as its notes say",
        None,
    ),
    Cheat(
        "swap",
        "put in another model than the notes say",
        with_changed_plain(lambda plain: plain[:-1] + b"x"),
        "not the one that its notes name",
        None,
    ),
    Cheat("double", "put in two models of one problem", with_two_models, "two models of one problem", None),
    Cheat(
        "path",
        "called a problem ../../evil",
        with_entry(problem="../../evil"),
        "which the exam does not ask",
        None,
    ),
    Cheat("sizes", "gave a size below zero", with_entry(size=-1), "models.0.size", None),
    Cheat(
        "naive", "left the time zone out", with_raw_notes({"started": "2026-03-01T12:00:00"}), "started", None
    ),
    Cheat(
        "years",
        "ended in the year 9999",
        with_raw_notes({"ended": "9999-12-31T23:59:59+00:00"}),
        "ended",
        None,
    ),
    Cheat(
        "first",
        "began in the year 1",
        with_raw_notes({"started": "0001-01-01T00:00:00+14:00"}),
        "started",
        None,
    ),
    Cheat("forever", "took 1e300 seconds", with_raw_notes({"spent_seconds": 1e300}), "spent_seconds", None),
    Cheat("words", "wrote words for numbers", with_raw_notes({"earlier": "many"}), "earlier", None),
    Cheat("extra", "wrote their own score into the notes", with_raw_notes({"score": 5}), "score", None),
    Cheat("deep", "nested 100,000 lists", lambda case: case.raw(b"[" * 100_000), "cannot read it", None),
    Cheat(
        "bytes",
        "wrote notes that are no text",
        lambda case: case.raw(b"\xff\xfe\x00"),
        "cannot read it",
        None,
    ),
    Cheat(
        "names",
        "called themselves by markup",
        with_notes(learner="<script>\x1b[2J"),
        "its rules were made for names",
        None,
    ),
    Cheat(
        "flood",
        "wrote 20 long sentences for the mentor",
        with_notes(left_out=["z" * 19_000] * 20),
        "Its machine says: zzz",
        FULL,
    ),
    Cheat("huge", "handed in a terabyte", with_special_file(make_huge), "larger than any hand-in", None),
    Cheat(
        "zero",
        "linked to /dev/zero",
        with_special_file(lambda path: path.symlink_to("/dev/zero")),
        "a link, or no file",
        None,
    ),
    Cheat("pipe", "handed in a pipe", with_special_file(os.mkfifo), "a link, or no file", None),
    Cheat("pack", "handed in the pack", handed_in_the_pack, "not a hand-in of an exam", None),
    Cheat(
        "old",
        "handed in a result of an earlier tfprep",
        handed_in_an_old_result,
        "not a hand-in of an exam",
        None,
    ),
    Cheat("text", "handed in a text as a model", lambda case: case.forge(content=b"not a model"), "", 0.0),
    Cheat(
        "script",
        "handed in a script",
        lambda case: case.forge(content=b"import os\nmodel = 5\n" * 9),
        "",
        0.0,
    ),
    Cheat(
        "pickle", "handed in a pickle", lambda case: case.forge(content=b"\x80\x04cposix\nsystem\n."), "", 0.0
    ),
)
