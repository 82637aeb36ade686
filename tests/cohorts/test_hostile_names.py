"""Names, links and archives that were made to do harm are listed, and harm nobody."""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tfprep.classroom.sources import source as sources
from tfprep.classroom.sources.unwanted import is_unwanted_folder, may_be_somebodys
from tfprep.files.text import NAME_LIMIT, match_key, one_line
from tfprep.grader.records.cohort import Learner

from .submission_files import H5, as_zip, do_import, matched, models, reasons, write_files, zip_up

GOOD = models("ada/problem3/mymodel.h5")
MATCHED = {("ada", "problem3"): ["ada/problem3/mymodel.h5"]}


def raw_zip(path: Path, entries: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate name")
        for entry, content in entries:
            archive.writestr(entry, content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../escape/problem3/mymodel.h5",
        "ada/../../problem3/mymodel.h5",
        "/etc/problem3/mymodel.h5",
        "C:\\ada\\problem3\\mymodel.h5",
        "ada/problem3/my\x00model.h5",
        "ada\n/problem3/mymodel.h5",
        "ada/problem3/" + "x" * 600 + ".h5",
    ],
)
def test_a_path_that_leads_out_of_the_zip_or_deceives_is_listed(tmp_path: Path, name: str) -> None:
    source = raw_zip(tmp_path / "all.zip", [(name, H5), *GOOD.items()])
    before = {path for path in tmp_path.rglob("*") if "scratch" not in path.parts}
    imported = do_import(source, tmp_path)
    if "\x00" in name:  # the zip format itself ends a name there
        assert set(matched(imported)) >= set(MATCHED) or imported.unmatched
    else:
        assert matched(imported) == MATCHED
        assert len(imported.unmatched) == 1
    assert {path for path in tmp_path.rglob("*") if "scratch" not in path.parts} == before
    assert all((tmp_path / "scratch") in one.path.parents for one in imported.files)


def test_a_link_in_a_zip_is_listed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("grace/problem3/mymodel.h5")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    imported = do_import(raw_zip(tmp_path / "all.zip", [(link, b"/etc/passwd"), *GOOD.items()]), tmp_path)
    assert matched(imported) == MATCHED
    assert "link" in reasons(imported)["grace/problem3/mymodel.h5"]


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "all", GOOD)
    write_files(tmp_path / "secret", models("problem3/mymodel.h5"))
    (folder / "grace").symlink_to(tmp_path / "secret")
    (folder / "ada" / "problem4").mkdir()
    (folder / "ada" / "problem4" / "mymodel.h5").symlink_to(tmp_path / "secret" / "problem3" / "mymodel.h5")
    (folder / "ada" / "loop").symlink_to(folder)
    imported = do_import(folder, tmp_path)
    assert matched(imported) == MATCHED
    assert set(reasons(imported)) == {"grace", "ada/loop", "ada/problem4/mymodel.h5"}
    assert all("not followed" in why for why in reasons(imported).values())


def test_pipes_are_listed(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "all", GOOD)
    os.mkfifo(folder / "ada" / "problem4.h5")
    imported = do_import(folder, tmp_path)
    assert matched(imported) == MATCHED
    assert "not a file" in reasons(imported)["ada/problem4.h5"]


@pytest.mark.parametrize(
    "pair",
    [
        ("Zo\u00eb", "Zoe\u0308"),
        ("ada", "ADA"),
        ("ada", "a\u200bda"),
        ("ada", "\u202eada"),
        ("ada", "\uff41da"),
        ("straße", "STRASSE"),
    ],
)
def test_two_names_that_look_alike_are_not_taken_for_one(tmp_path: Path, pair: tuple[str, str]) -> None:
    files = models(f"{pair[0]}/problem3/a.h5", f"{pair[1]}/problem3/a.h5", "bob/problem3/a.h5")
    for source in (as_zip(tmp_path / "all.zip", files), write_files(tmp_path / "all", files)):
        imported = do_import(source, tmp_path)
        assert set(matched(imported)) == {("bob", "problem3")}
        assert len(imported.unmatched) == 2


def test_names_of_every_script_are_names(tmp_path: Path) -> None:
    people = [
        "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        "\u674e\u5c0f\u9f99",
        "\u0928\u092e\u094d\u0930\u0924\u093e",
        "Nguy\u1ec5n",
    ]
    roster = [Learner(f"s{number}", name) for number, name in enumerate(people)]
    files = models(*(f"{name}/problem3/a.h5" for name in people))
    for source in (as_zip(tmp_path / "all.zip", files), write_files(tmp_path / "all", files)):
        assert {learner for learner, _ in matched(do_import(source, tmp_path, roster))} == {
            "s0", "s1", "s2", "s3",
        }  # fmt: skip


def test_a_person_of_the_roster_may_be_spelled_in_any_way_but_once(tmp_path: Path) -> None:
    roster = [Learner("zoe", "Zo\u00eb Saldana")]
    files = models("Zoe\u0308 Saldana/problem3/a.h5")
    assert set(matched(do_import(write_files(tmp_path / "one", files), tmp_path, roster))) == {
        ("zoe", "problem3")
    }


@pytest.mark.parametrize("name", ["\u202e", "\x07", "x" * 200, "???"])
def test_what_is_no_name_is_no_learner(tmp_path: Path, name: str) -> None:
    write_files(tmp_path / "all", models(f"{name}/problem3/a.h5"))
    imported = do_import(tmp_path / "all", tmp_path)
    assert not imported.files
    assert len(imported.unmatched) == 1


def test_what_is_shown_of_a_name_is_plain_text(tmp_path: Path) -> None:
    name = "evil\x1b[31m\u202e<script>\r\n"
    imported = do_import(write_files(tmp_path / "all", models(f"{name}/model.h5")), tmp_path)
    (unmatched,) = imported.unmatched
    assert unmatched.found_at.isprintable()
    assert "\u202e" not in unmatched.found_at


def test_names_that_are_no_text_at_all_are_taken_in(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "all", GOOD) / "ada" / "problem3"
    (folder / "mymodel.h5").rename(folder / os.fsdecode(b"m\xff\xfe.h5"))
    (one,) = do_import(tmp_path / "all", tmp_path).files
    assert one.path.read_bytes().startswith(H5)
    one.found_at.encode("utf-8")


def test_of_two_files_with_one_name_neither_is_taken(tmp_path: Path) -> None:
    name = "grace/problem3/mymodel.h5"
    imported = do_import(
        raw_zip(tmp_path / "all.zip", [(name, H5), (name, H5 + b"2"), *GOOD.items()]), tmp_path
    )
    assert matched(imported) == MATCHED
    assert "two files of this name" in reasons(imported)[name]


def test_a_file_that_is_a_folder_too_is_listed(tmp_path: Path) -> None:
    files = {"grace/problem3/saved_model.pb": b"g", "grace/problem3/variables": b"file"}
    files["grace/problem3/variables/variables.index"] = b"i"
    imported = do_import(as_zip(tmp_path / "all.zip", files | GOOD), tmp_path)
    assert matched(imported) == MATCHED
    assert "grace/problem3" in reasons(imported)


def test_a_locked_file_is_listed(tmp_path: Path) -> None:
    source = as_zip(tmp_path / "all.zip", models("grace/problem3/mymodel.h5"))
    content = bytearray(source.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    content[central + 8] |= 1
    content[6] |= 1
    source.write_bytes(content)
    imported = do_import(source, tmp_path)
    assert "password" in reasons(imported)["grace/problem3/mymodel.h5"]


def test_a_zip_bomb_is_listed_and_never_unpacked(tmp_path: Path) -> None:
    source = tmp_path / "all.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("grace/problem3/mymodel.h5", "w", force_zip64=True) as file:
            for _ in range(66):
                file.write(bytes(2**20))
        archive.writestr("ada/problem3/mymodel.h5", H5)
    imported = do_import(source, tmp_path)
    assert matched(imported) == MATCHED
    assert "a hundred times" in reasons(imported)["grace/problem3/mymodel.h5"]
    assert sum(path.stat().st_size for path in (tmp_path / "scratch").rglob("*") if path.is_file()) < 1000


def test_a_file_larger_than_its_listed_size_gives_no_more_than_that(tmp_path: Path) -> None:
    source = as_zip(tmp_path / "all.zip", {"grace/problem3/mymodel.h5": H5 + bytes(10_000)} | GOOD)
    content = bytearray(source.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = struct.pack("<I", 100)
    source.write_bytes(content)
    imported = do_import(source, tmp_path)
    assert ("ada", "problem3") in matched(imported)
    assert "grace/problem3/mymodel.h5" in reasons(imported)


def test_damage_in_one_file_harms_no_other(tmp_path: Path) -> None:
    source = as_zip(tmp_path / "all.zip", {"grace/problem3/mymodel.h5": os.urandom(5_000)} | GOOD)
    content = bytearray(source.read_bytes())
    content[1_000] ^= 0xFF
    source.write_bytes(content)
    imported = do_import(source, tmp_path)
    assert matched(imported) == MATCHED
    assert "damaged" in reasons(imported)["grace/problem3/mymodel.h5"]


def test_what_is_too_large_together_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfprep.cohorts.importing.importing.MAX_UNPACKED", 1_500)
    files = {f"learner{number}/problem3/m.h5": os.urandom(1_000) for number in range(3)}
    imported = do_import(as_zip(tmp_path / "all.zip", files), tmp_path)
    assert len(imported.files) == 1
    assert len(imported.unmatched) == 2


def test_a_cohort_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILES", 10)
    files = models(*(f"ada/problem3/{number}.h5" for number in range(20)))
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        with pytest.raises(Exception, match="more than 10 files"):
            do_import(source, tmp_path / f"from-{source.name}")


def test_a_broken_zip_of_one_learner_is_left_to_the_grader(tmp_path: Path) -> None:
    locked = bytearray(zip_up(models("problem3/mymodel.h5")))
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    files = {"ada/problem3/work.zip": b"PK\x03\x04 cut", "grace/problem3/work.zip": bytes(locked)}
    imported = do_import(write_files(tmp_path / "all", files), tmp_path)
    assert set(matched(imported)) == {("ada", "problem3"), ("grace", "problem3")}


@pytest.mark.slow
def test_a_hundred_thousand_files_are_sorted_in_time(tmp_path: Path) -> None:
    """From names alone: a list of so many files must not take minutes."""
    from tfprep.classroom.rules import CohortRules
    from tfprep.classroom.sources.units import gather_units
    from tfprep.cohorts.importing.matching import AboutSource, Matcher
    from tfprep.cohorts.importing.roster_index import RosterIndex

    paths = [
        (f"learner{number // 20}", f"problem{number % 5 + 1}", f"{number}.txt") for number in range(20_000)
    ]
    units = gather_units(paths, "saved_model.pb", frozenset({"saved_model.pb"}))
    found = Matcher(RosterIndex(None), CohortRules(), AboutSource("all"), lambda unit: b"").match(units)
    assert not found.matched
    assert len(found.drafts) == 5_000


@given(st.text(max_size=300))
@example("e\u200b\u0301")
def test_a_cleaned_name_is_one_short_printable_line(text: str) -> None:
    shown = one_line(text)
    assert len(shown) <= NAME_LIMIT
    assert shown.isprintable()
    assert one_line(shown) == shown
    shown.encode("utf-8")
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in shown)


@given(st.text(max_size=100))
@example("\x1bA\u0301")
@example("\x1b[31m\u0301")
@example("e\x1b]0;\x07\u0301")
def test_spellings_of_one_name_are_alike(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert match_key(unicodedata.normalize(form, text)) == match_key(text)
    assert match_key(match_key(text)) == match_key(text)
    assert match_key(one_line(text)) == match_key(text)


NAMES = st.text(
    st.characters(blacklist_characters="/\x00", blacklist_categories=("Cs",)), min_size=1, max_size=30
).filter(lambda name: name not in {".", ".."} and len(name.encode()) < 200)


@settings(max_examples=40)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6, unique=True))
def test_whatever_files_are_called_each_is_matched_or_listed(
    tmp_path_factory: pytest.TempPathFactory, names: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("names")
    for learner, name in names:
        assume(not is_unwanted_folder(learner) or may_be_somebodys(learner))  # .git is a program's own
        path = folder / "all" / learner / f"problem3 {name}.h5"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(H5)
    imported = do_import(folder / "all", folder)
    assert len(imported.files) + len(imported.unmatched) >= 1
    for one in imported.files:
        assert one.path.is_file()
        assert one.found_at.isprintable()
        assert (folder / "all") in one.path.parents
        assert one.learner == one_line(one.learner) != ""
    assert len({(one.learner, one.problem) for one in imported.files}) == len(imported.files)


@pytest.mark.slow
def test_five_thousand_strangers_are_listed_in_time(tmp_path: Path) -> None:
    """Each is compared with a roster of two thousand, and none with every other."""
    from tfprep.classroom.rules import CohortRules
    from tfprep.classroom.sources.units import gather_units
    from tfprep.cohorts.importing.matching import AboutSource, Matcher
    from tfprep.cohorts.importing.roster_index import RosterIndex

    people = [Learner(f"s{number}", f"Ada{number} Lovelace{number % 50}") for number in range(2_000)]
    paths = [(f"Adda{number} Lovelase {number}", "problem3", "submitted", "m.h5") for number in range(5_000)]
    units = gather_units(paths, "saved_model.pb", frozenset({"saved_model.pb"}))
    found = Matcher(RosterIndex(people), CohortRules(), AboutSource("all"), lambda unit: b"").match(units)
    assert not found.matched
    assert len(found.drafts) == 5_000
