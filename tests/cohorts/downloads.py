# ruff: noqa: RUF001 - names in other scripts
"""Downloads written by hand, as platforms and people make them, with what is odd about each.

Beside each path stands whose work it is: an id, several with "+", "?" where it must be listed for a person,
"-" where it is not a hand-in. Nobody's work goes to anybody else.

Sources: Moodle, `mod_assign/classes/downloader.php` and its language packs; Canvas, `lib/content_zipper.rb`;
nbgrader, `coursedir.py` and `converters/base.py`; Sakai, `AssignmentServiceImpl.zipAttachments`; Gradescope,
Brightspace, Blackboard, Google and Teams as `cohorts/importing/layouts/` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Download:
    """What a mentor has."""

    roster: str
    files: Mapping[str, str]
    name: str = "submissions.zip"
    texts: Mapping[str, str] = field(default_factory=dict)
    """Files that are no work, with what is in them."""
    problem: str | None = "1"


OWN = """id,name,email,group
ada,Ada Lovelace,ada@example.org,Team Rocket
grace,Grace Hopper,grace@example.org,Team Rocket
sean,Sean O'Brien,sean@example.org,"Blue, or not"
zoe,Zoë Strauß,zoe@example.org,
anna1,Anna Schmidt,anna.s@example.org,
anna2,Anna Schmidt,a.schmidt@example.org,
jm,"José María García-Márquez de la Fuente y Núñez del Prado, Jr.",jm@example.org,
"""


RUSSIAN = """Идентификатор,Полное имя,Адрес электронной почты,Состояние,Оценка,Максимальная оценка,\
Последнее изменение (ответ)
Участник7,Ада Лавлейс,ada@example.org,-,,"100,00",-
Участник8,Грейс Хоппер,grace@example.org,-,,"100,00",-
"""


JAPANESE = """姓,名,メールアドレス,ロール,グループ
田中,由紀,yuki@example.org,学生,
佐藤,由紀,sato@example.org,学生,
鈴木,一郎,ichiro@example.org,教師,
"""


POLISH = """Identyfikator,Pełna nazwa,Adres e-mail,Status,Ocena,Maksymalna ocena,Ostatnia modyfikacja
Uczestnik 7,Łukasz Nowak,lukasz@example.org,-,,"100,00",-
Uczestnik 8,Anna Kowalska-Nowak,anna@example.org,-,,"100,00",-
"""


TWINS = """Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (submission)
Participant 101,Anna Schmidt,anna.s@example.org,-,,100.00,-
Participant 102,Anna Schmidt,a.schmidt@example.org,-,,100.00,-
"""


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Problem 1 (8811)
    Points Possible,,,,,5
"Lovelace, Ada",4711,s1,ada,A,
"Hopper, Grace Brewster",4712,s2,grace,A,
"O'Brien, Sean",4713,s3,sean,A,
"Schmidt, Anna",4714,s4,anna1,A,
"Schmidt, Anna",4715,s5,anna2,A,
"2Pac, R_2_D2",4716,s6,r2,A,
"Student, Test",4799,,abc,A,
"""


METADATA = """---
submission_300000001:
  :submitters:
  - :name: "Zo\\u00EB Strau\\u00DF"
    :sid: zoe
    :email: zoe@example.org
  :created_at: 2026-06-05 13:05:44.861687000 Z
  :score: 0.0
  :status: processed
submission_300000002:
  :submitters:
  - :name: Sean O'Brien
    :sid: ''
    :email: sean@example.org
  - :name: Ada Lovelace
    :sid: ada
    :email: ADA@example.org
  :created_at: 2026-06-05 13:06:00.000000000 Z
submission_300000003:
  :submitters:
  - :name: 'Anna Schmidt'
    :sid:
    :email:
  :created_at: 2026-06-05 13:07:00.000000000 Z
"""


LONG = "José María García-Márquez de la Fuente y Núñez del Prado, Jr."


DOWNLOADS = {
    "Moodle in Russian, with groups of one word": Download(
        RUSSIAN,
        {
            "Ада Лавлейс_7_assignsubmission_file/mymodel.h5": "ada@example.org",
            "Грейс Хоппер_8_assignsubmission_file/Папка/моя модель.h5": "grace@example.org",
            "Команда_7_assignsubmission_file/mymodel.h5": "?",
        },
    ),
    "Moodle in Russian, blind": Download(
        RUSSIAN,
        {
            "Участник_7_assignsubmission_file_/mymodel.h5": "ada@example.org",
            "Участник_9_assignsubmission_file_/mymodel.h5": "?",
        },
    ),
    "Moodle in Japanese, the family name first": Download(
        JAPANESE,
        {
            "田中 由紀_51_assignsubmission_file/mymodel.h5": "?",
            "由紀 佐藤_52_assignsubmission_file/mymodel.h5": "sato@example.org",
        },
    ),
    "Moodle in Polish, a language whose headers nobody listed": Download(
        POLISH,
        {
            "Łukasz Nowak_7_assignsubmission_file/mymodel.h5": "lukasz@example.org",
            "Anna Kowalska-Nowak_8_assignsubmission_file/mymodel.h5": "anna@example.org",
            "Uczestnik_7_assignsubmission_onlinetext/onlinetext.html": "-",
        },
    ),
    "Moodle, the family name first with a comma, and flat": Download(
        OWN,
        {
            "Lovelace, Ada_71_assignsubmission_file_mymodel.h5": "ada",
            "OBrien, Sean_72_assignsubmission_file_my_model_v2.h5": "sean",
            "Hopper Grace_73_assignsubmission_file_mymodel.h5": "?",
        },
    ),
    "Moodle, two of one name with their numbers": Download(
        TWINS,
        {
            "Anna Schmidt_101_assignsubmission_file/mymodel.h5": "anna.s@example.org",
            "Anna Schmidt_102_assignsubmission_file/mymodel.h5": "a.schmidt@example.org",
            "Anna Schmidt_103_assignsubmission_file/mymodel.h5": "?",
        },
    ),
    "Moodle, two of one name without their numbers, and a very long name": Download(
        OWN,
        {
            "Anna Schmidt_101_assignsubmission_file/mymodel.h5": "?",
            "Anna Schmidt_102_assignsubmission_file/mymodel.h5": "?",
            f"{LONG}_103_assignsubmission_file/mymodel.h5": "jm",
            f"{LONG[:40]}_104_assignsubmission_file/mymodel.h5": "?",
        },
    ),
    "Moodle, one for each group, unpacked side by side": Download(
        OWN,
        {
            "ML-Problem 1-Group A-1234/Ada Lovelace_7_assignsubmission_file/mymodel.h5": "ada",
            "ML-Problem 1-Group B-1234/Grace Hopper_8_assignsubmission_file/mymodel.h5": "grace",
            "ML-Problem 1-Group B-1234/Default group_assignsubmission_file/mymodel.h5": "?",
        },
        name="download",
        problem=None,
    ),
    "Canvas, late, again, with hyphens and numbers in names": Download(
        CANVAS,
        {
            "lovelaceada_LATE_4711_90001_mymodel-1.h5": "4711",
            "hoppergracebrewster_4712_90002_my_model_7.h5": "4712",
            "obriensean_4713_90003_mymodel.h5": "4713",
            "schmidtanna_4714_90004_mymodel.h5": "4714",
            "schmidtanna_4715_90005_mymodel.h5": "4715",
            "2pacr2d2_4716_90006_12_34_mymodel.h5": "4716",
            "studenttest_4799_90007_mymodel.h5": "?",
            "lovelaceada_4711_text.html": "-",
        },
    ),
    "Canvas, anonymous": Download(
        CANVAS,
        {
            "anon_aB3dE_90001_mymodel.h5": "?",
            "LATE_anon_Zz9Yx_90002_mymodel.h5": "?",
        },
    ),
    "Canvas, two of one name and a roster of one's own": Download(
        OWN,
        {
            "schmidtanna_4714_90004_mymodel.h5": "?",
            "schmidtanna_4715_90005_mymodel.h5": "?",
            "teamrocket_4711_90006_mymodel.h5": "ada+grace",
        },
    ),
    "Blackboard, receipts, attempts and a title with underscores": Download(
        OWN,
        {
            "Problem_1_resubmission_ada_attempt_2026-06-05-13-05-44_my_attempt_2.h5": "ada",
            "Problem_1_resubmission_grace_attempt_2026-06-05-13-05-44_mymodel.h5": "grace",
            "Problem_1_resubmission_Team Rocket_attempt_2026-06-05-13-09-44_mymodel.h5": "ada+grace",
            "Problem_1_resubmission_anna_attempt_2026-06-05-13-05-44_mymodel.h5": "?",
        },
        name="gradebook_ML-101_Problem201_2026-06-05-20-50-44.zip",
        texts={
            "Problem_1_resubmission_ada_attempt_2026-06-05-13-05-44.txt": "Name: Ada Lovelace (ada)\n",
            "Problem_1_resubmission_sean_attempt_2026-06-05-13-05-44.txt": "Name: Sean O'Brien (sean)\n",
        },
        problem=None,
    ),
    "Brightspace, its page, a name with a comma and a group": Download(
        OWN,
        {
            "13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM - mymodel.h5": "ada",
            "13395-80551 - Lovelace, Ada - Mar 29, 2018 1206 PM - mymodel.h5": "ada",
            "13396-80551 - Anna Schmidt - Mar 29, 2018 1207 PM - mymodel.h5": "?",
            "13397-80551 - Sean O'Brien - Mar 29, 2018 1208 PM - my - own - model.h5": "sean",
            "13398-80551 - Grace - Hopper - Mar 29, 2018 1209 PM - mymodel.h5": "grace",
        },
        name="Problem 1 Download Mar 30, 2018 900 AM.zip",
        texts={"index.html": "<html>Ada Lovelace</html>"},
        problem=None,
    ),
    "Brightspace in French": Download(
        OWN,
        {
            "13394-80551 - Ada Lovelace - 29 mars, 2018 1205/mymodel.h5": "ada",
            "13395-80551 - Grace Hopper - 29 mars, 2018 1206/mymodel.h5": "grace",
        },
    ),
    "Gradescope, escapes, two submitters, an empty id": Download(
        OWN,
        {
            "assignment_77_export/submission_300000001/mymodel.h5": "zoe",
            "assignment_77_export/submission_300000002/work/mymodel.h5": "ada+sean",
            "assignment_77_export/submission_300000003/mymodel.h5": "?",
            "assignment_77_export/submission_300000009/mymodel.h5": "?",
        },
        texts={"assignment_77_export/submission_metadata.yml": METADATA},
    ),
    "Google Classroom, copies and an apostrophe": Download(
        OWN,
        {
            "Problem 1/Ada Lovelace - mymodel.h5": "ada",
            "Problem 1/Sean O'Brien - Copy of mymodel (1).h5": "sean",
            "Problem 1/Anna Schmidt - mymodel.h5": "?",
            "Problem 1/mymodel.h5": "?",
        },
        name="Problem 1-20260605T120000Z-001.zip",
        problem=None,
    ),
    "Google Takeout of one learner": Download(
        OWN,
        {
            "Takeout/Classroom/Classes/ML 101/Problem 1/mymodel.h5": "?",
        },
    ),
    "Teams, working files and versions": Download(
        OWN,
        {
            "Student Work/Submitted files/Ada Lovelace/Problem 1/Version 2/mymodel.h5": "ada",
            "Student Work/Submitted files/Sean O'Brien/Problem 1/mymodel.h5": "sean",
            "Student Work/Submitted files/Anna Schmidt/Problem 1/mymodel.h5": "?",
            "Student Work/Working files/Grace Hopper/Problem 1/mymodel.h5": "-",
        },
        problem=None,
    ),
    "Teams in German": Download(
        OWN,
        {
            "Studentische Arbeiten/Übermittelte Dateien/Ada Lovelace/Problem 1/mymodel.h5": "ada",
            "Studentische Arbeiten/Übermittelte Dateien/Zoë Strauß/Problem 1/mymodel.h5": "zoe",
        },
        problem=None,
    ),
    "nbgrader, its stamps and other steps": Download(
        OWN,
        {
            "course/submitted/ada/problem1/mymodel.h5": "ada",
            "course/submitted/zoe/problem1/work/mymodel.h5": "zoe",
            "course/autograded/grace/problem1/mymodel.h5": "-",
            "course/release/problem1/mymodel.h5": "-",
        },
        texts={"course/submitted/ada/problem1/timestamp.txt": "2026-06-05 13:05:44.000001 CEST"},
        problem=None,
    ),
    "Sakai, a folder for each with the login in brackets": Download(
        OWN,
        {
            "Problem 1/Lovelace, Ada(ada)/Submission attachment(s)/mymodel.h5": "ada",
            "Problem 1/Schmidt, Anna(anna2)/Submission attachment(s)/mymodel.h5": "anna2",
            "Problem 1/Hopper, Grace(sean)/Submission attachment(s)/mymodel.h5": "?",
        },
        texts={
            "Problem 1/grades.csv": "Problem 1,Points\n",
            "Problem 1/Lovelace, Ada(ada)/timestamp.txt": "20260605130544",
            "Problem 1/Lovelace, Ada(ada)/comments.txt": "",
        },
        problem=None,
    ),
    "ILIAS and OpenOlat, names and logins with underscores": Download(
        OWN,
        {
            "Problem 1/Abgaben/Lovelace_Ada_ada_4711/mymodel.h5": "?",
            "Problem 1/Abgaben/Strauß_Zoë_zoe/mymodel.h5": "?",
            "Problem 1/Abgaben/Grace_Hopper/mymodel.h5": "grace",
        },
        problem=None,
    ),
    "a Mac's own files beside everybody's": Download(
        OWN,
        {
            "Abgabe/ada/problem1/mymodel.h5": "ada",
            "Abgabe/ada/problem1/._mymodel.h5": "-",
            "__MACOSX/Abgabe/ada/problem1/._mymodel.h5": "-",
            "Abgabe/Zoe\u0308 Strau\u00df/problem1/mymodel.h5": "zoe",
            "__MACOSX/grace/problem1/mymodel.h5": "-",
        },
        texts={"Abgabe/.DS_Store": "x"},
        problem=None,
    ),
}
