"""Texts that are nearly the same are told, in any order of the texts; others are left apart."""

from __future__ import annotations

import numpy as np

from tfprep.problems.near_texts import first_of_alike

WORDS = "the bank holds its rate at four percent as prices rise less than it thought in the spring"
STORY = WORDS.split()


def test_an_article_with_another_headline_is_like_the_first() -> None:
    later = ["update", *STORY]
    other = ["a", "film", "about", "a", "lake", *STORY[::-1]]
    first, second, third = first_of_alike([STORY, later, other])
    assert first == second != third


def test_a_chain_of_changes_is_one_group_whose_name_depends_on_no_order() -> None:
    chain = [STORY[start : start + 14] for start in range(5)]
    names = first_of_alike(chain)
    assert len(set(names)) == 1
    assert first_of_alike(chain[::-1]) == names[::-1]


def test_short_texts_are_the_same_only_where_they_are_equal() -> None:
    assert len(set(first_of_alike([["thanks"], ["thanks", "so", "much"], ["thanks"]]))) == 2


def test_texts_that_share_a_greeting_are_not_the_same() -> None:
    rng = np.random.default_rng(0)
    letters = [
        [*["i", "am", "writing", "to", "you", "about"], *rng.choice(STORY, 12).tolist()] for _ in range(30)
    ]
    assert len(set(first_of_alike(letters))) == 30
