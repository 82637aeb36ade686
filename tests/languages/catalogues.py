"""The catalogues: `tfprep.pot` and `templates.json` from the source, a `.po` and a `.mo` per language."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tfprep.languages import ENGLISH, LANGUAGES
from tfprep.languages.sentences import DOMAIN, FIELD, TEMPLATES

from .extraction import ROOT, Templates, extract

FOLDER: Final = ROOT / "languages"
POT: Final = FOLDER / f"{DOMAIN}.pot"
OTHERS: Final = tuple(sorted(set(LANGUAGES) - {ENGLISH}))
_DATED: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""So that the same source gives the same files."""


def po_of(language: str) -> Path:
    """What a translator writes."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def catalogue_of(language: str) -> Catalog:
    """What a translator has written."""
    with po_of(language).open("rb") as file:
        return read_po(file, locale=language)


def template_catalogue(templates: Templates) -> Catalog:
    """The templates as a catalogue without translations."""
    catalogue = Catalog(
        project="tfprep", creation_date=_DATED, revision_date=_DATED, fuzzy=False, header_comment=""
    )
    for text, found in templates.items():
        catalogue.add(
            (text, found.plural) if found.plural else text,
            locations=[(place, None) for place in sorted(found.places)],
        )
    return catalogue


def templates_json(templates: Templates) -> str:
    """What the runtime needs of each template, a line for each."""
    lines = [
        f"{json.dumps(text)}: {json.dumps([found.plural, found.kinds])}" for text, found in templates.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def as_po(catalogue: Catalog) -> bytes:
    """As it stands in a file."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, sort_by_file=False, omit_header=False)
    return out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """As the standard library's gettext reads it."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def updated(language: str, templates: Templates) -> Catalog:
    """A language's catalogue with every template of today; what is new has no translation yet."""
    new = template_catalogue(templates)
    catalogue = (
        catalogue_of(language)
        if po_of(language).exists()
        else Catalog(
            locale=language,
            project="tfprep",
            creation_date=_DATED,
            revision_date=_DATED,
            fuzzy=False,
            header_comment="",
        )
    )
    catalogue.update(new, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.revision_date = catalogue.creation_date = _DATED
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """The texts that have no translation."""
    return [_text(each.id) for each in catalogue if each.id and not all(_forms(each.string))]


def wrong_fields(catalogue: Catalog) -> list[str]:
    """The texts whose translation lacks a field, or has one of its own."""
    wrong = []
    for each in catalogue:
        fields = sorted(FIELD.findall(_text(each.id)))
        if each.id and any(said and sorted(FIELD.findall(said)) != fields for said in _forms(each.string)):
            wrong.append(_text(each.id))
    return wrong


def _text(identity: str | tuple[str, ...] | list[str]) -> str:
    return identity if isinstance(identity, str) else identity[0]


def _forms(string: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def write_all() -> None:
    """Write every file anew, and say what each language lacks."""
    templates = extract()
    POT.write_bytes(as_po(template_catalogue(templates)))
    TEMPLATES.write_text(templates_json(templates), "utf-8")
    for language in OTHERS:
        catalogue = updated(language, templates)
        po = po_of(language)
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(as_po(catalogue))
        po.with_suffix(".mo").write_bytes(as_mo(catalogue))
        lacking, wrong = missing(catalogue), wrong_fields(catalogue)
        print(
            f"{language}: {len(templates) - len(lacking):,} of {len(templates):,} sentences are translated."
        )
        for text in wrong:
            print(f"  Its fields are not those of the source: {text}")


def pseudo(templates: Templates) -> Catalog:
    """Every text in brackets: what is shown without them has no template."""
    catalogue = template_catalogue(templates)
    for each in catalogue:
        if each.id:
            each.string = (
                f"⟦{each.id}⟧" if isinstance(each.id, str) else tuple(f"⟦{form}⟧" for form in each.id)
            )
    return catalogue
