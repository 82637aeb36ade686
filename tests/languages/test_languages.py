"""Learners read tfprep in their language; no sentence is missing, and none says another thing."""

from __future__ import annotations

import gettext
import io
import json
import re
from collections.abc import Iterator

import click
import pytest
from babel.messages.catalog import Catalog
from rich.cells import cell_len

from tfprep import cli
from tfprep.errors import BadOption
from tfprep.languages import COMPLETE, ENGLISH, LANGUAGES, chosen, in_use, shown, use
from tfprep.languages.html_pages import page_in_language
from tfprep.languages.sentences import CHOICE, FIELD, LIST, TEMPLATES, Sentences, is_telling

from .catalogues import (
    OTHERS,
    POT,
    as_mo,
    as_po,
    catalogue_of,
    missing,
    po_of,
    template_catalogue,
    templates_json,
    wrong_fields,
)
from .extraction import Found, Templates, extract

SAMPLES = {"number": "3", "amount": "2.5 mpg", "quoted": "'x y'", LIST: "2, 3 or 4", "scores": "4 or 5"}
HEADINGS = 1.75
"""So many times as wide as in English may a heading be, and six columns."""


@pytest.fixture(scope="module")
def templates() -> Templates:
    return extract()


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use(ENGLISH)


def filled(form: str, found: Found) -> str:
    """A sentence as the source would make it."""

    def value(name: str) -> str:
        kind = found.kinds.get(name, "")
        return kind[len(CHOICE) :].split("|")[0] if kind.startswith(CHOICE) else SAMPLES.get(kind, "qx")

    return FIELD.sub(lambda field: value(field[1]), form).replace("{{", "{").replace("}}", "}")


def test_the_templates_are_those_of_the_source(templates: Templates) -> None:
    again = "`make languages` brings them up to date"
    assert TEMPLATES.read_text("utf-8") == templates_json(templates), again
    assert POT.read_bytes() == as_po(template_catalogue(templates)), again


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_is_of_today_and_keeps_every_field(language: str, templates: Templates) -> None:
    catalogue = catalogue_of(language)
    assert wrong_fields(catalogue) == []
    assert po_of(language).with_suffix(".mo").read_bytes() == as_mo(catalogue), "`make languages` compiles it"
    if language in COMPLETE:
        known = {each.id[0] if isinstance(each.id, tuple) else each.id for each in catalogue if each.id}
        assert set(templates) - known == set()
        assert missing(catalogue) == []


def test_every_sentence_is_found_again_among_the_templates(templates: Templates) -> None:
    numbered = template_catalogue(templates)
    place = {}
    for number, each in enumerate(numbered):
        if each.id:
            forms = each.id if isinstance(each.id, tuple | list) else (each.id,)
            said = tuple(
                f"{number}⟦{FIELD.sub('', form)}" + "".join(f"{{{n}}}" for n in FIELD.findall(form))
                for form in forms
            )
            each.string = said if len(forms) > 1 else said[0]
            place[forms[0]] = number
    sentences = Sentences(json.loads(TEMPLATES.read_text("utf-8")), compiled(numbered))
    lost = [
        text
        for text, found in templates.items()
        for form in filter(None, (text, found.plural))
        if is_telling(form, found.kinds) and not re.match(r"\d+⟦", sentences.shown(filled(form, found)))
    ]
    assert lost == []


def compiled(catalogue: Catalog) -> gettext.NullTranslations:
    return gettext.GNUTranslations(io.BytesIO(as_mo(catalogue)))


@pytest.mark.parametrize("language", COMPLETE)
def test_no_heading_overflows(language: str) -> None:
    catalogue = catalogue_of(language)
    wide = {
        each.id: each.string
        for each in catalogue
        if isinstance(each.id, str) and re.fullmatch(r"[\w. %]{2,18}", each.id)
        if cell_len(str(each.string)) > HEADINGS * len(each.id) + 6
    }
    assert wide == {}


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "es_CO.UTF-8"}, "es"),
        ({"LANG": "es_CO.UTF-8", "LC_MESSAGES": "pt_BR.UTF-8"}, "pt"),
        ({"LANG": "es_CO.UTF-8", "LC_MESSAGES": "pt_BR", "LC_ALL": "ko_KR.eucKR"}, "ko"),
        ({"LANG": "id_ID", "LC_ALL": ""}, "id"),
        ({"LANG": "in_ID"}, "id"),
        ({"LANG": "ca_ES@valencia"}, "en"),
        ({"LANG": "tlh_KX.UTF-8"}, "en"),
        ({"LANG": "es_CO.UTF-8", "TFPREP_LANG": "en"}, "en"),
        ({"LC_ALL": "C", "TFPREP_LANG": "pt-BR"}, "pt"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_locales(environment: dict[str, str], language: str) -> None:
    assert chosen(environment) == language


def test_a_language_that_there_is_not_is_said_in_a_sentence() -> None:
    with pytest.raises(BadOption, match=r"TFPREP_LANG is 'klingon'\. It can be en, es, id, ko, pt\."):
        chosen({"TFPREP_LANG": "klingon"})


@pytest.mark.parametrize(
    ("language", "encoding", "used"),
    [
        ("ko", "utf-8", "ko"),
        ("ko", "cp949", "ko"),
        ("ko", "cp1252", "en"),
        ("es", "cp1252", "es"),
        ("es", "ascii", "en"),
    ],
)
def test_a_language_that_the_terminal_cannot_write_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, language: str, encoding: str, used: str
) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    monkeypatch.setattr("click.Context.formatter_class", click.HelpFormatter)
    cli._speak(language)
    assert in_use() == used


@pytest.mark.parametrize("language", OTHERS)
def test_without_a_translation_a_sentence_is_shown_in_english(language: str) -> None:
    use(language)
    assert shown("Nobody ever wrote this sentence.") == "Nobody ever wrote this sentence."


def test_a_reason_is_shown_with_its_numbers_as_they_are() -> None:
    use("es")
    reason = "Accuracy 0.962 on 10,012 hidden examples (the feedback half): 4 of 5. 0.008 more earns 5."
    assert (
        shown(reason)
        == "Exactitud 0.962 en 10,012 ejemplos ocultos (la mitad de práctica): 4 de 5. 0.008 más da 5."
    )
    assert "2.314 mpg en 1 ejemplo (ocultos)" in shown(
        "Mean absolute error 2.314 mpg on 1 hidden example: 5 of 5."
    )


@pytest.mark.parametrize(
    "name",
    [
        "Score",
        "No submission is at fault: no attempt was used, and what was recorded before is kept.",
        "a. Choose another place. b",
        "it' is not an image. Did you mean 'x",
        "{name}",
        "{0.__class__}",
    ],
)
def test_a_name_stands_as_it_is_whatever_it_says(name: str) -> None:
    use("es")
    assert shown(f"No problem is called {name!r}.") == f"Ningún problema se llama {name!r}."
    assert name in shown(f"{name} is newer than {name}.")


def test_what_follows_a_strangers_words_is_left_as_it_stands() -> None:
    use("es")
    told = shown("The training script stopped with an error. ValueError: no. Choose another place.")
    assert told == "El script de entrenamiento se detuvo con un error. ValueError: no. Choose another place."


def test_a_page_keeps_what_a_person_wrote() -> None:
    use("es")
    page = '<p title="Findings">Findings</p><p translate="no">Findings</p><pre>Findings</pre><p>a &lt; b</p>'
    assert page_in_language(page) == page.replace('title="Findings">Findings', 'title="Hallazgos">Hallazgos')


def test_every_language_has_a_name_and_a_catalogue() -> None:
    there = {path.parents[1].name for path in po_of("es").parents[2].glob("*/*/*.po")}
    assert there == set(OTHERS)
    assert set(COMPLETE) <= set(LANGUAGES)


@pytest.mark.parametrize("piece", ["Error: ", "'a ", "x and ", "1 is ", "`a", "'\\a", "a. ", " · "])
def test_a_stranger_s_play_with_our_words_is_shown_as_it_is(piece: str) -> None:
    """Once it ended in a RecursionError: a reason behind a reason behind a reason."""
    hostile = "Its last line was: " + piece * (20_000 // len(piece))
    assert piece * 1000 in Sentences.of("es").shown(hostile)
