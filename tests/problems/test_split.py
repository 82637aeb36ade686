from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.errors import BadData
from tfprep.problems.split import Examples, Shares, SplitMasks, keyed_numbers, split

SECRET = b"s" * 32
SHARES = Shares(hidden=0.25, validation=0.2)


def numbers(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def contents_of(examples: Examples, parts: SplitMasks) -> tuple[list[bytes], ...]:
    return tuple(
        [examples.contents[i] for i in part] for part in (parts.train, parts.validation, parts.hidden)
    )


def test_the_draw_is_the_keyed_hash_of_the_content() -> None:
    digest = hmac.new(SECRET, b"hidden 0\0a review", hashlib.sha256).digest()
    expected = int.from_bytes(digest[:6]) / 2**48
    assert keyed_numbers([b"a review"], SECRET, "hidden 0").tolist() == [expected]


def test_every_example_is_in_exactly_one_part_and_about_the_share_is_hidden() -> None:
    parts = split(Examples(numbers(4000), numbers(4000)), SECRET, SHARES)
    together = np.concatenate([parts.train, parts.validation, parts.hidden])
    assert sorted(together.tolist()) == list(range(4000))
    assert abs(len(parts.hidden) / 4000 - 0.25) < 0.03
    assert abs(len(parts.validation) / len(parts.public) - 0.2) < 0.03


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(60)))
def test_no_order_of_the_examples_changes_a_part_or_its_order(order: list[int]) -> None:
    examples = Examples(numbers(60), numbers(60))
    shuffled = Examples([examples.contents[i] for i in order], [examples.details[i] for i in order])
    expected = contents_of(examples, split(examples, SECRET, SHARES))
    assert contents_of(shuffled, split(shuffled, SECRET, SHARES)) == expected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=100, max_size=200))
def test_the_same_content_never_falls_on_two_sides(values: list[int]) -> None:
    filler = numbers(300)[100:]
    contents = [str(value).encode() for value in values] + filler
    examples = Examples(contents, numbers(len(contents)))
    train, validation, hidden = map(set, contents_of(examples, split(examples, SECRET, SHARES)))
    assert not train & validation
    assert not train & hidden
    assert not validation & hidden


def test_who_lacks_the_secret_cannot_recompute_the_split() -> None:
    examples = Examples(numbers(1000), numbers(1000))
    mine, other = (set(split(examples, secret, SHARES).hidden.tolist()) for secret in (SECRET, b"t" * 32))
    assert len(mine & other) < 0.5 * len(mine)


def test_rare_classes_occur_in_every_part() -> None:
    labels = np.array([0] * 200 + [1] * 12)
    for number in range(20):
        contents = [f"{number} {i}".encode() for i in range(len(labels))]
        examples = Examples(contents, contents, labels, ("common", "rare"))
        parts = split(examples, SECRET, SHARES)
        for part in (parts.train, parts.validation, parts.hidden):
            assert set(labels[part]) == {0, 1}


def test_a_class_with_too_few_examples_is_named() -> None:
    labels = np.array([0] * 50 + [1] * 2)
    examples = Examples(numbers(52), numbers(52), labels, ("oak", "elm"))
    with pytest.raises(
        BadData, match=r"too little data to set a .* part aside: it has [12] of the class 'elm'"
    ):
        split(examples, SECRET, SHARES)


def test_a_handful_of_examples_is_too_little_to_split() -> None:
    with pytest.raises(BadData, match="too little data"):
        split(Examples(numbers(8), numbers(8)), SECRET, SHARES)


def test_the_hidden_part_a_mentor_brought_is_kept_whole() -> None:
    predefined_hidden = np.arange(100) >= 70
    parts = split(Examples(numbers(100), numbers(100), predefined_hidden=predefined_hidden), SECRET, SHARES)
    assert set(parts.hidden.tolist()) == set(range(70, 100))


def test_a_class_missing_from_the_brought_part_is_named() -> None:
    labels, predefined_hidden = np.array([0, 1] * 50), np.arange(100) >= 99
    with pytest.raises(BadData, match="hidden part is too small: it has 0 of the class 'oak'"):
        split(Examples(numbers(100), numbers(100), labels, ("oak", "elm"), predefined_hidden), SECRET, SHARES)
