"""Text of strangers is shown without what could steer a terminal, a page or a reader."""

import time

import pytest

from tfprep.files.text import (
    counted,
    is_usable_id,
    joined,
    listed,
    match_key,
    one_line,
    terminal_line,
    without_controls,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada\n Lovelace\t", "Ada Lovelace"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07ok", "red ok"),
        ("bell\x07", "bell?"),
        ("right\u202eleft", "rightleft"),
        ("half \ud800 a pair", "half ? a pair"),
        ("e\u0301", "é"),
        (None, ""),
    ],
)
def test_one_line_is_printable_and_has_no_escapes(text: object, shown: str) -> None:
    assert one_line(text) == shown


def test_a_number_and_its_noun_agree() -> None:
    told = [counted(1, "learner"), counted(0, "learner"), counted(1200, "class", "classes")]
    assert told == ["1 learner", "0 learners", "1,200 classes"]
    assert [counted(1.0, "second"), counted(1.5, "second")] == ["1 second", "1.5 seconds"]
    assert counted(1, "pack is", "packs are") == "1 pack is"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert one_line("a" * 12, 10) == "a" * 9 + "…"
    assert one_line("a" + " " * 100, 10) == "a…"


def test_a_progress_bar_leaves_its_last_state() -> None:
    assert terminal_line("1/3\r2/3\x08\r3/3 \x1b[1mdone\x1b[0m\r") == "3/3 done"


def test_text_of_several_lines_keeps_its_line_ends() -> None:
    assert without_controls("one\ntwo\x1b[2J\u202e") == "one\ntwo[2J"


def test_names_that_a_person_takes_for_the_same_have_one_key() -> None:
    assert match_key("ADA  Lovelace") == match_key("ada\u200b lovelace") == match_key("ａda lovelace")  # noqa: RUF001
    assert not is_usable_id("ada\u200b")
    assert not is_usable_id("..")
    assert is_usable_id("ada")


@pytest.mark.parametrize(
    "hostile", ["\x1b]" * 500_000, "\x1b[" + "0" * 10**6, "\x1bP" * 500_000, "\r" * 10**6]
)
def test_a_million_hostile_characters_take_no_time(hostile: str) -> None:
    began = time.process_time()
    terminal_line(hostile)
    one_line(hostile, 2_000)
    without_controls(hostile)
    assert time.process_time() - began < 5


def test_a_list_of_names_ends_with_how_many_more_there_are() -> None:
    assert listed([]) == ""
    assert listed(["Ada", "Bob"], 2) == "Ada, Bob"
    assert listed(map(str, range(1_005)), 3) == "0, 1, 2 and 1,002 more"


@pytest.mark.parametrize(("names", "said"), [("", ""), ("A", "A"), ("AB", "A or B"), ("ABC", "A, B or C")])
def test_a_word_stands_before_the_last_name(names: str, said: str) -> None:
    assert joined(names, "or") == said
