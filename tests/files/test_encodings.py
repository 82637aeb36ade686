"""Text is read as its writer meant it, or asked for: never with the wrong letters.

The names are of the languages that each code page was made for; which page Excel writes is the "ANSI code
page" of the system's language in Microsoft's list of code page identifiers.
"""

from __future__ import annotations

import codecs
import random
from pathlib import Path

import pytest

from tfprep.errors import BadCohort
from tfprep.files.csv_tables import read_csv
from tfprep.files.encodings import Undecodable, decode_text

NAMES = {
    ("cp1252", "mac_roman", "cp850", "iso8859_15"): (
        "José García Zoë Brontë François Lefèvre Müller Jürgen Groß Änne Bjørn Åse Søren Þórður Íñigo Muñoz "
        "João Conceição "
        "Ægir Øystein Çelik Häkkinen Élodie Éloïse Noël Àngel Núria Òscar O’Brien Ünal DeÁngelis"  # noqa: RUF001
    ),
    ("cp1250", "iso8859_2", "mac_latin2", "cp852"): (
        "Łukasz Żółć Stanisław Wiśniewski Piłsudski Jiří Dvořák Štěpán Černý Ďurica Žofia Őry Kovács "
        "Đorđe Šarić"
    ),
    ("cp1251", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic"): (
        "Иванов Сергей Петров Дмитрий Кузнецова Анна Шевченко Юлия Щербаков Эдуард Яковлев Ульяна Ёлкин"
    ),
    ("cp1253",): "Γιώργος Παπαδόπουλος Ελένη Νικολάου Άννα Έλλη Ήρα Ίων Όλγα Ώρα",
    ("cp1254",): "İbrahim Şahin Güneş Yılmaz Çağla Öztürk Ümit Işık",  # noqa: RUF001
    ("cp1255",): "דוד כהן רחל לוי שרה משה",
    ("cp1256",): "محمد علي فاطمة حسن",
    ("cp1257",): "Jānis Bērziņš Ģirts Šķēle Žemaitė Ūla Ėglė Õnne",
    ("cp874",): "สมชาย ใจดี สมหญิง",
    ("cp932", "euc_jp"): "山田太郎 鈴木花子 さとう タロウ ユウタ 渡辺",
    ("gb18030",): "王小明 李丽华 张伟",
    ("cp950",): "王小明 李麗華 張偉",
    ("cp949",): "김민수 박지영",
}
EVERY = [(encoding, names.split()) for encodings, names in NAMES.items() for encoding in encodings]


def table(names: list[str]) -> str:
    return "name,email\r\n" + "".join(f"{name},{number}@example.org\r\n" for number, name in enumerate(names))


def read_or_asked(content: bytes) -> tuple[int | None, list[str]]:
    """The text; or the line that is asked for, and all that it may say."""
    try:
        return None, [decode_text(content)]
    except Undecodable as asked:
        return asked.line, [line for _, line in asked.readings]


@pytest.mark.parametrize(("encoding", "names"), EVERY, ids=[encoding for encoding, _ in EVERY])
def test_no_list_of_names_is_read_with_other_letters(encoding: str, names: list[str]) -> None:
    can_be_written = [name for name in names if name.encode(encoding, "ignore").decode(encoding) == name]
    draw = random.Random(1)
    for count in (1, 1, 2, 2, 5, 5, len(can_be_written)):
        text = table(draw.sample(can_be_written, min(count, len(can_be_written))))
        line, readings = read_or_asked(text.encode(encoding))
        assert (text if line is None else text.splitlines()[line - 1]) in readings


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1252", "Müller Jürgen Schröder"),
        ("cp850", "Müller Jürgen Änne"),
        ("cp1250", "Łukasz Żółć Wiśniewski"),
        ("cp1251", "Иванов Сергей Петров Дмитрий Кузнецова Анна"),
        ("koi8_r", "Иванов Сергей Петров Дмитрий Кузнецова Анна"),
        ("cp932", "山田太郎 鈴木花子 佐藤健 高橋美咲 田中一郎 伊藤さくら 渡辺ユウタ クラス 二年"),
        ("iso2022_jp", "山田太郎 鈴木花子"),
        ("cp950", "王小明 李麗華 張偉"),
    ],
)
def test_what_can_be_one_text_only_is_read(encoding: str, names: str) -> None:
    text = table(names.split())
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("names", ["Ada", "Zoë Łukasz", "山田太郎 Иванов 😀", "José́"])
def test_unicode_is_read_with_its_mark_and_without(encoding: str, mark: bool, names: str) -> None:
    text = table(names.split())
    assert decode_text((("\ufeff" if mark else "") + text).encode(encoding)) == text
    if mark:
        assert decode_text(codecs.BOM_UTF32_LE + text.encode("utf-32-le")) == text


def test_letters_that_are_valid_utf8_by_chance_are_not_taken_for_it() -> None:
    text = table(["Dvořák"])
    with pytest.raises(Undecodable):
        decode_text(text.encode("mac_latin2"))


def test_a_person_is_shown_the_line_and_what_it_may_say(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(table(["Ada", "Zoë"]).encode("cp1252"))
    with pytest.raises(BadCohort) as caught:
        read_csv(file)
    assert str(caught.value) == (
        f"{file}, line 3: the file is not in UTF-8, and the line may be 'Zoë,1@example.org' (cp1252) or "
        "'Zoė,1@example.org' (cp1257). Save it as CSV in UTF-8: in Excel, choose \"CSV UTF-8\"."
    )


def test_damaged_text_is_not_shown_with_question_marks(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(b"\xef\xbb\xbfname\nZo\xeb\n")
    with pytest.raises(BadCohort, match="line 2: this is binary data, or text in an encoding"):
        read_csv(file)


@pytest.mark.parametrize("name", ["Zoë \x1b[31mRed\x1b[0m", "\x1b[31mRed", "Łukasz \x1b$B"])
def test_an_escape_in_a_name_does_not_make_the_file_japanese(name: str) -> None:
    text = table(["Ada", name, "Cem Özdemir" if "Z" in name else "Bob"])
    assert decode_text(text.encode()) == text


def test_of_what_is_no_text_the_line_with_the_control_character_is_named() -> None:
    with pytest.raises(Undecodable) as caught:
        decode_text(table(["Zoë", "Ada", "\x07bell"]).encode("cp1252"))
    assert caught.value.line == 4


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_in_which_excel_names_its_separator_is_no_header(tmp_path: Path, first: str) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(f"{first}\r\nid;name, first\r\nada;Ada\r\n", encoding="utf-8")
    table = read_csv(file)
    assert table.columns == ("id", "name, first")
    assert table.rows[0].line == 3
