"""Moodle's column headers, participants and months, in the languages that its exports come in.

A grading worksheet's columns stand in `mod_assign/gradingtable.php` (`recordid`, `fullname`, the identity
fields, `status`, …), a course's participants in `core_user/table/participants.php`. Each is called what the
site's language pack calls it: the strings are those of `assign.php`, `moodle.php` and `langconfig.php` of the
packs, of several releases where they changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Final

from ..files.text import match_key

_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "identifier": (
        *("Identifier", "ID", "Identifiant", "Identificador", "Tanda pengenal", "Pengidentifikasi"),
        *("Identificativo", "Identificatie", "Идентификатор", "Ідентифікатор"),
    ),
    "full name": (
        *("Full name", "User full name", "Vollständiger Name", "Nom complet", "Nombre completo"),
        *("Nome completo", "Nama lengkap", "Nome", "Volledige naam", "Полное имя", "フルネーム"),
        *("First name / Last name", "Vorname / Nachname", "Prénom / Nom", "Nombre / Apellido(s)"),
    ),
    "first name": (
        *("First name", "Vorname", "Prénom", "Nombre", "Nome", "Nome próprio", "Nama Depan", "Nama pertama"),
        *("Имя", "名"),
    ),
    "last name": (
        *("Last name", "Surname", "Nachname", "Nom de famille", "Nom", "Apellido(s)", "Apellidos", "Apelido"),
        *("Sobrenome", "Nama akhir", "Nama belakang", "Cognome", "Achternaam", "Фамилия", "姓"),
    ),
    "email": (
        *("Email address", "Email", "E-mail", "E-Mail", "E-Mail-Adresse", "Adresse de courriel", "Courriel"),
        *("Adresse e-mail", "Dirección de correo", "Dirección de correo electrónico", "Correo electrónico"),
        *("Correo", "Endereço de email", "Endereço de e-mail", "Alamat Email", "Alamat surel", "Surel"),
        *("Indirizzo email", "E-mailadres", "Адрес электронной почты", "メールアドレス"),
    ),
    "id number": (
        *("ID number", "ID-Nummer", "Numéro d'identification", "Número de ID"),
        *("Número de identificação (ID)", "Número de identificação", "Número ID", "Nomor KTP", "Nomor ID"),
        *("Nomor induk", "Индивидуальный номер", "IDナンバ"),
    ),
    "username": (
        *("Username", "Anmeldename", "Nutzername", "Nom d'utilisateur"),
        *("Nombre de usuario", "Nome de utilizador", "Nome de usuário", "Identificação de usuário"),
        *("Nama Pengguna", "Логин", "ユーザ名"),
    ),
    "status": ("Status", "Statut", "Estado", "Stato", "Статус", "ステータス", "Situação"),
    "roles": (
        "Roles",
        "Role",
        "Rollen",
        "Rolle",
        "Rôles",
        "Rôle",
        "Rol",
        "Papéis",
        "Papéis atribuídos",
        "Peran",
    ),
    "groups": (
        *("Group", "Groups", "Gruppe", "Gruppen", "Groupe", "Groupes", "Grupo", "Grupos", "Grup", "Gruppo"),
        *(
            "Team",
            "group_name",
            "group name",
            "Equipe",
            "Équipe",
            "Equipo",
            "Tim",
            "Группа",
            "Группы",
            "グループ",
        ),
    ),
    "submitted": (
        *("Last modified (submission)", "Zuletzt geändert (Abgabe)", "Dernière modification (travail remis)"),
        *("Última modificación (entrega)", "Última atualização (submissão)", "Última modificação (envio)"),
        *("Última modificação (trabalho)", "Última modificação (submissão)", "Terakhir diubah (ajuan)"),
        *("Terakhir diubah (pengajuan)", "Terakhir diubah (kiriman)"),
    ),
    "can be changed": (
        *("Grade can be changed", "Bewertung kann geändert werden", "La note peut être modifiée"),
        *("La calificación puede ser cambiada", "A nota pode ser alterada.", "A nota pode ser alterada"),
        *("Nilai bisa diubah", "Nilai dapat diubah"),
    ),
}


@lru_cache(maxsize=2_048)
def _header_key(text: str) -> str:
    """A header to compare; the packs write both apostrophes."""
    return match_key(text).replace("’", "'")  # noqa: RUF001 - the other one


_KEYS: Final = {name: frozenset(map(_header_key, words)) for name, words in _HEADERS.items()}

_PARTICIPANTS: Final = (
    *("Participant", "Teilnehmer/in", "Teilnehmer*in", "Teilnehmer", "Participante", "Peserta"),
    *("Partecipante", "Deelnemer", "Участник", "参加者", "Hidden user"),
)
"""What a worksheet and a blind download call somebody, before the number."""
_STUDENTS: Final = (
    *("student", "teilnehmer/in", "teilnehmer*in", "teilnehmer", "studierende", "studierende/r", "étudiant"),
    *(
        "étudiante",
        "étudiant(e)",
        "estudiante",
        "alumno",
        "alumna",
        "aluno",
        "estudante",
        "siswa",
        "mahasiswa",
    ),
    *("peserta", "learner", "lernende", "lernende/r", "студент", "学生"),
)
_STAFF: Final = (
    *("teacher", "non-editing teacher", "manager", "course creator", "trainer/in", "trainer*in", "trainer"),
    *("trainer/in ohne bearbeitungsrecht", "trainer*in ohne bearbeitungsrecht", "manager/in", "manager*in"),
    *("kursersteller/in", "kursverwalter/in", "enseignant", "enseignante", "enseignant(e)", "gestionnaire"),
    *("enseignant non éditeur", "créateur de cours", "tuteur", "profesor", "profesora", "gestor"),
    *(
        "profesor sin permiso de edición",
        "creador de curso",
        "professor",
        "professora",
        "professor não editor",
    ),
    *(
        "professor não-editor",
        "moderador",
        "criador de disciplinas",
        "tutor",
        "tutor/in",
        "pengajar",
        "manajer",
    ),
    *("pengajar yang tidak mengedit", "pembuat kursus", "guru", "dosen", "учитель", "教師", "grader", "ta"),
    *("teaching assistant", "instructor", "lecturer", "dozent/in", "dozent*in"),
)
_STUDENT_KEYS: Final = frozenset(map(match_key, _STUDENTS))
_STAFF_KEYS: Final = frozenset(map(match_key, _STAFF))

_MONTHS: Final = """
January February March April May June July August September October November December
Januar Februar März April Mai Juni Juli August September Oktober November Dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
januari februari maart april mei juni juli augustus september oktober november december
januar februar marts april maj juni juli august september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar mars april mai juni juli august september oktober november desember
Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık
Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
"""  # noqa: RUF001
"""Twelve in each language, as they stand in a date (CLDR). No word means two months."""
_MONTH: Final = {match_key(name): index % 12 + 1 for index, name in enumerate(_MONTHS.split())}
_SHORTEST: Final = 3
"""Letters of a month that is shortened."""
_TIME: Final = re.compile(
    r"(?:[^\d,]{1,20},? )?(?P<day>\d{1,2})\.? (?:de )?(?P<month>[^\W\d_]{3,12}) (?:de )?(?P<year>\d{4})"
    r"(?:,| às| à| pukul)? (?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?: (?P<half>[AaPp])\.?[Mm]\.?)?"
)
_IN_NUMBERS: Final = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
_LONGEST: Final = 40
"""Characters of a time in numbers."""
_CLEANED: Final = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\/]")


def has_column(columns: Iterable[str], name: str) -> str:
    """The column that is called this in any of the languages; empty where none is. `name` is a key above."""
    keys = _KEYS[name]
    return next((column for column in columns if _header_key(column) in keys), "")


def read_cell(cells: Mapping[str, str], name: str) -> str:
    """The cell in that column, without the space around it; empty where there is none."""
    return cells.get(has_column(cells, name), "").strip()


_NO: Final = frozenset({"no", "nein", "non", "não", "tidak"})


def is_locked(cells: Mapping[str, str]) -> bool:
    """Whether a worksheet's row says that its grade cannot be changed: Moodle passes over it."""
    return match_key(read_cell(cells, "can be changed")) in _NO


def clean_name(text: str) -> str:
    """A name as Moodle writes it into those of files, to compare (`clean_filename`, PARAM_FILE).

    Quotes, slashes and the like are taken out, and an underscore becomes a space.
    """
    return match_key(_CLEANED.sub("", text.replace("_", " ")))


_PARTICIPANT_KEYS: Final = frozenset(map(clean_name, _PARTICIPANTS))


def is_participant(text: str) -> bool:
    """Whether this is what Moodle writes for a name where it hides names."""
    return clean_name(text) in _PARTICIPANT_KEYS


def is_staff(roles: str) -> bool:
    """Whether somebody with these roles, as the participants' table lists them, is no learner."""
    # Where a course renames a role, its own name comes first and Moodle's in brackets.
    words = {match_key(word) for word in re.split(r"[,;()]", roles)} - {""}
    return bool(words & _STAFF_KEYS) and not words & _STUDENT_KEYS


def month_of(word: str) -> int | None:
    """The number of a month that is called so in a language, in full or shortened; None for other words."""
    known = match_key(word.rstrip("."))
    if known in _MONTH:
        return _MONTH[known]
    begin = {number for name, number in _MONTH.items() if name.startswith(known)}
    return begin.pop() if len(known) >= _SHORTEST and len(begin) == 1 else None


def read_time(text: str) -> datetime | None:
    """A time as Moodle writes it, such as "Friday, 5 June 2026, 1:05 PM" or "5 de junio de 2026, 13:05".

    A site may write numbers alone: read are those of which one order is in use, "5.6.2026, 13:05" and
    "2026-06-05 13:05". Without a time zone, as Moodle writes none. None for what is no such time.
    """
    for form in _IN_NUMBERS:
        with suppress(ValueError):
            return datetime.strptime(" ".join(text.replace(",", " ").split())[:_LONGEST], form)
    found = _TIME.fullmatch(" ".join(text.split()))
    month = _MONTH.get(match_key(found["month"])) if found else None
    if found is None or month is None:
        return None
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    try:
        return datetime(int(found["year"]), month, int(found["day"]), hour, int(found["minute"]))
    except ValueError:
        return None
