"""The text in a file whose encoding nobody named: read where it is certain, and asked for where it is not.

    a byte order mark | UTF-8 | UTF-16 by its zero bytes | ISO-2022-JP by its escapes  ->  certain
    any other bytes    ->  certain only where every encoding that they could be in reads the same text

An encoding is left out only where its text cannot be: a control character, a word of two alphabets, a symbol
within a word. Between what is left nothing is guessed: é of Windows-1252 may be é of Windows-1257, while
ë is ė there, and both are somebody's name.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's mark, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES: Final = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("cp932", "gb18030", "cp949", "cp950"),
    *("mac_roman", "mac_latin2", "mac_cyrillic", "iso8859_2", "iso8859_5", "iso8859_15"),
    *("koi8_r", "euc_jp", "cp437", "cp850", "cp852", "cp866"),
)
"""What spreadsheets save as CSV on Windows and macOS, in each of their languages, and older systems wrote."""
_UTF16: Final = ("utf-16-le", "utf-16-be")
_ASCII: Final = re.compile(r"[,;\t\n\r]")
_JAPANESE: Final = re.compile(rb"\x1b[$(]")
"""Changes between the character sets of ISO-2022-JP, which has no byte above 127."""
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""The same in every encoding but UTF-16: nothing is written with them. Not a tab, nor the end of a line."""
_WORD: Final = re.compile(r"[A-Za-z\x80-\U0010ffff]+")
_BETWEEN_WORDS: Final = re.compile(r"[\s’‘ʼ´`·‐‑–—、。・「」（），；]+")  # noqa: RUF001 - as in names
_BESIDE_LETTERS: Final = frozenset("°ªº™®©")
_EAST_ASIAN: Final = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH"}
)
_CHANCE: Final = 3
"""Letters that may be valid UTF-8 by chance."""
_ENOUGH: Final = 20
"""Letters. A rule of what is usual, rather than of what can be, looks at no fewer."""


class Undecodable(ValueError):
    """The encoding is not certain.

    Attributes:
        line: the first one, from 1, that is in doubt.
        readings: (encoding, the line's text) for each text that it may be; empty where it can be none.
    """

    def __init__(self, line: int, readings: tuple[tuple[str, str], ...]) -> None:
        super().__init__(f"line {line}: {len(readings)} readings")
        self.line = line
        self.readings = readings


def decode_text(content: bytes) -> str:
    """The text of a file, without its byte order mark. Raises Undecodable where it is not certain."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding)
    if b"\0" in content:
        return _only(content, _UTF16)
    if content.isascii() and _JAPANESE.search(content):
        return _strictly(content, "iso2022_jp")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _only(content, CANDIDATES)
    # Two accented letters of another encoding may look like one letter of UTF-8, in a short file.
    foreign = sum(not c.isascii() for c in text)
    by_chance = 0 < foreign <= _CHANCE and not _can_be_text(_CONTROL.sub(b"", content).decode("utf-8"))
    return _only(content, ("utf-8", *CANDIDATES)) if by_chance else text


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = bytes(error.object[: error.start]).decode(encoding, "ignore")
        raise Undecodable(before.count("\n") + 1, ()) from error


def _only(content: bytes, encodings: tuple[str, ...]) -> str:
    """The text that all encodings in which it can be one agree on."""
    readings: dict[str, str] = {}
    for encoding, text in _readings(content, encodings):
        readings.setdefault(text, encoding)
    if len(readings) == 1:
        return next(iter(readings))
    number, lines = _first_difference(content, tuple(readings))
    shown: dict[str, str] = {}
    for line, encoding in zip(lines, readings.values(), strict=False):
        shown.setdefault(line, encoding)
    raise Undecodable(number, tuple((encoding, line) for line, encoding in shown.items()))


def _first_difference(content: bytes, texts: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """The number of the first line that the texts differ in, and what it is in each."""
    for number, lines in enumerate(zip(*(text.splitlines() for text in texts), strict=False), 1):
        if len(set(lines)) > 1:
            return number, lines
    told = content.splitlines()
    odd = [n for n, line in enumerate(told, 1) if _CONTROL.search(line)]
    return next(iter(odd or (n for n, line in enumerate(told, 1) if not line.isascii())), 1), ()


def _readings(content: bytes, encodings: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        unusual = _is_unusual_chinese(text) if encoding == "gb18030" else False
        # With its bytes swapped, UTF-16 is valid too, and without any separator.
        if _can_be_text(text) and not unusual and (encoding not in _UTF16 or _ASCII.search(text)):
            yield encoding, text


def _can_be_text(text: str) -> bool:
    if any(unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} and c not in "\t\n\r" for c in set(text)):
        return False
    words = {word for run in set(_WORD.findall(text)) for word in _BETWEEN_WORDS.split(run) if word}
    foreign = [word for word in words if not word.isascii()]
    return all(map(_can_be_a_word, foreign)) and not _is_unusual_latin(foreign)


def _can_be_a_word(word: str) -> bool:
    """Whether letters, symbols and their order can stand in a word of any language."""
    scripts = [_script(c) for c in word]
    letters = {script for script in scripts if script}
    if letters & _EAST_ASIAN:
        letters = (letters - _EAST_ASIAN) | {"CJK"}
        if scripts[0] == scripts[-1] == "LATIN":
            return False
        letters.discard("LATIN")  # "Tシャツ"
    return len(letters) <= 1 and not (
        unicodedata.category(word[0]) == "Mn"
        or (letters and any(_is_symbol(c) for c in word))
        or re.search(r"ς\w", word)
        or _has_odd_case(word)
    )


def _script(character: str) -> str:
    """The alphabet of a letter or its mark, as Unicode names it; empty for what is in none."""
    if unicodedata.category(character)[0] not in "LM" or character in _BESIDE_LETTERS:
        return ""
    return unicodedata.name(character, "?").split()[0].replace("COMBINING", "")


def _is_symbol(character: str) -> bool:
    return (
        unicodedata.category(character)[0] in "SNP"
        and not character.isascii()
        and character not in _BESIDE_LETTERS
        and unicodedata.category(character) not in {"Pi", "Pf"}
    )


def _has_odd_case(word: str) -> bool:
    """Whether a word is spelled like "иВАНОВ", "JosÈ" or "MŁller": with a capital where no name has one."""
    foreign = [not c.isascii() for c in word]
    if len(word) > 2 and word[0].islower() and word[1:].isupper() and any(foreign[1:]):
        return True
    if len(word) > 2 and word[-2].islower() and word[-1].isupper() and foreign[-1]:
        return True
    return any(
        a.isupper() and b.isupper() and c.islower() and not b.isascii()
        for a, b, c in zip(word, word[1:], word[2:], strict=False)
    )


def _is_unusual_latin(words: list[str]) -> bool:
    """Whether Latin words consist of accented letters, as other alphabets look when they are misread."""
    letters = [c for word in words for c in word if _script(c) == "LATIN"]
    accented = sum(not c.isascii() for c in letters)
    return accented >= _ENOUGH and accented > 0.75 * len(letters)


def _is_unusual_chinese(text: str) -> bool:
    """Whether most characters are none of the 6,763 that simplified Chinese is usually written with."""
    chinese = [c for c in text if _script(c) == "CJK"]
    usual = len("".join(chinese).encode("gb2312", "ignore")) // 2
    return len(chinese) >= _ENOUGH and usual < 0.5 * len(chinese)
