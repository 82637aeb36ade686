"""What platforms export about a class, as CSV; the headers are those of Moodle's language packs."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .people import Fault, Person

Rows = list[Sequence[object]]

WORKSHEETS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "en": (
        "Participant ",
        ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade",
         "Grade can be changed", "Last modified (submission)", "Last modified (grade)"),
    ),
    "de": (
        "Teilnehmer/in",
        ("ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung",
         "Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)", "Zuletzt geändert (Bewertung)"),
    ),
    "fr": (
        "Participant",
        ("Identifiant", "Nom complet", "Adresse de courriel", "Statut", "Note", "Note maximale",
         "La note peut être modifiée", "Dernière modification (travail remis)",
         "Dernière modification (note)"),
    ),
    "es": (
        "Participante",
        ("Identificador", "Nombre completo", "Dirección de correo", "Estado", "Calificación",
         "Calificación máxima", "La calificación puede ser cambiada", "Última modificación (entrega)",
         "Última modificación (calificación)"),
    ),
    "pt": (
        "Participante",
        ("Identificador", "Nome completo", "E-mail", "Estado", "Nota", "Nota máxima",
         "A nota pode ser alterada.",
         "Última atualização (submissão)", "Última atualização (avaliação)"),
    ),
    "id": (
        "Peserta",
        ("Tanda pengenal", "Nama lengkap", "Alamat Email", "Status", "Nilai", "Nilai maksimum",
         "Nilai bisa diubah", "Terakhir diubah (ajuan)", "Terakhir diubah (nilai)"),
    ),
}  # fmt: skip
"""By language: the word before a number, and the columns of a grading worksheet (gradingtable.php)."""
TIMES: Mapping[str, str] = {
    "en": "Friday, 5 June 2026, 1:05 PM",
    "de": "Freitag, 5. Juni 2026, 13:05",
    "fr": "vendredi 5 juin 2026, 13:05",
    "es": "viernes, 5 de junio de 2026, 13:05",
    "pt": "sexta, 5 de junho de 2026 às 13:05",
    "id": "Jumat, 5 Juni 2026, 13:05",
}
TEAMS = {"en": "Group", "de": "Gruppe", "fr": "Groupe", "es": "Grupo", "pt": "Grupo", "id": "Grup"}
PARTICIPANTS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "en": (("First name", "Last name", "Username", "Email address", "Roles", "Groups"), "Student", "Teacher"),
    "de": (("Vorname", "Nachname", "Anmeldename", "E-Mail-Adresse", "Rollen", "Gruppen"), "Teilnehmer/in",
           "Trainer/in"),
    "fr": (("Prénom", "Nom de famille", "Nom d\u2019utilisateur", "Adresse de courriel", "Rôles", "Groupes"),
           "Étudiant", "Enseignant"),
    "es": (("Nombre", "Apellido(s)", "Nombre de usuario", "Dirección de correo", "Roles", "Grupos"),
           "Estudiante", "Profesor"),
    "pt": (("Nome", "Apelido", "Nome de utilizador", "E-mail", "Papéis atribuídos", "Grupos"), "Aluno",
           "Professor"),
    "id": (("Nama Depan", "Nama akhir", "Nama Pengguna", "Alamat Email", "Peran", "Grup"), "Siswa",
           "Pengajar"),
}  # fmt: skip
"""By language: the columns of a course's participants, and what a student and a teacher are called."""


@dataclass(frozen=True)
class Roster:
    """One export."""

    name: str
    write: Callable[[list[Person]], bytes]
    key: Callable[[Person], str]
    """By what somebody's results are keyed."""
    knows: frozenset[str]
    """What of a person it has: name, login, email, moodle, canvas."""


def own(people: list[Person]) -> bytes:
    return _csv(
        [("id", "name", "email", "group"), *((one.login, one.name, one.email, one.team) for one in people)]
    )


def decomposed(people: list[Person]) -> bytes:
    """As a Mac writes names, in UTF-16 with tabs."""
    text = own(people).decode().replace(",", "\t")
    return unicodedata.normalize("NFD", text).encode("utf-16")


def canvas(people: list[Person]) -> bytes:
    rows: Rows = [
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Problem 1 (8811)"),
        ("", "", "", "", "", "Manual Posting"),
        ("    Points Possible", "", "", "", "", "5.0"),
    ]
    rows += [
        (f"{one.family}, {one.given}", one.canvas, f"s{one.number}", one.login, "A", "") for one in people
    ]
    rows.append(("Student, Test", "99999", "", "f0e1d2c3", "A", ""))
    return _csv(rows, encoding="utf-8-sig")


def worksheet(language: str) -> Callable[[list[Person]], bytes]:
    word, columns = WORKSHEETS[language]
    time = TIMES[language]
    return lambda people: _csv(
        [(*columns, TEAMS[language])]
        + [
            (f"{word}{one.moodle}", one.name, one.email, "-", "", "100.00", "-", time, "-", one.team)
            for one in people
        ],
        encoding="utf-8-sig",
    )


def blind(language: str) -> Callable[[list[Person]], bytes]:
    word, columns = WORKSHEETS[language]
    return lambda people: _csv(
        [(columns[0], *columns[3:])]
        + [(f"{word}{one.moodle}", "-", "", "100.00", "-", TIMES[language], "-") for one in people]
    )


def participants(language: str) -> Callable[[list[Person]], bytes]:
    columns, student, teacher = PARTICIPANTS[language]
    return lambda people: _csv(
        [columns]
        + [(one.given, one.family, one.login, one.email, student, one.team) for one in people]
        + [("Terry", "Teacher", "terry", "terry@example.org", teacher, "")],
        separator=";",
        head="sep=;\r\n",
    )


def _csv(rows: Rows, *, encoding: str = "utf-8", separator: str = ",", head: str = "") -> bytes:
    written = io.StringIO(head)
    written.seek(len(head))
    csv.writer(written, delimiter=separator).writerows(rows)
    return written.getvalue().encode(encoding)


def in_roster(people: list[Person]) -> list[Person]:
    """Everybody but strangers."""
    return [one for one in people if one.fault is not Fault.STRANGER]


LANGUAGES = tuple(WORKSHEETS)
ROSTERS: Mapping[str, Roster] = {
    one.name: one
    for one in (
        Roster("one's own", own, lambda one: one.login, frozenset({"name", "login", "email", "team"})),
        Roster("one's own, UTF-16", decomposed, lambda one: one.login,
               frozenset({"name", "login", "email", "team"})),
        Roster("Canvas", canvas, lambda one: str(one.canvas), frozenset({"name", "login", "canvas"})),
        *(
            Roster(f"worksheet {language}", worksheet(language), lambda one: one.email,
                   frozenset({"name", "email", "moodle", "team"}))
            for language in LANGUAGES
        ),
        *(
            Roster(f"participants {language}", participants(language), lambda one: one.login,
                   frozenset({"name", "login", "email", "team"}))
            for language in LANGUAGES
        ),
        *(
            Roster(f"blind {language}", blind(language),
                   lambda one, word=WORKSHEETS[language][0]: f"{word}{one.moodle}", frozenset({"moodle"}))
            for language in LANGUAGES
        ),
    )
}  # fmt: skip
