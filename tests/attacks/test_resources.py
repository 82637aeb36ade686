"""Using up what there is: each ends the attacker's own job, by its own name, and nothing else.

A plain subprocess does not stop bombs of processes or threads: see the package's docstring.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from .attacked_grader import LIMITS, SHORT_LIMITS, Grader, assert_invalid, assert_scored
from .hostile_code import script, script_with_model

DEAF = """
for number in range(1, 32):
    if number not in (9, 19):
        signal.signal(number, signal.SIG_IGN)
print("deaf", flush=True)
while True: pass
"""
MEMORY_BOMB = "kept = []\nwhile True:\n    kept.append(b'x' * 10**8)\n"
MEMORY_OF_MANY = """
for _ in range(6):
    if os.fork() == 0:
        kept = b'x' * (300 * 10**6)
        time.sleep(100)
time.sleep(100)
"""
FILL_DISK = """
number = 0
while True:
    number += 1
    with open(f"file{number}", "wb") as file:
        file.write(bytes(10**7))
"""
ONE_HUGE_FILE = """
with open("huge", "wb") as file:
    while True:
        file.write(bytes(10**7))
"""
FORK_BOMB = """
while True:
    with contextlib.suppress(OSError):
        os.fork()
"""
THREAD_BOMB = """
def wait():
    time.sleep(1000)

while True:
    with contextlib.suppress(RuntimeError):
        threading.Thread(target=wait, daemon=True).start()
"""
LAST_WORDS = """
while True:
    print("\\x1b[5mnoise\\x07" * 200)
"""


@pytest.mark.docker
@pytest.mark.whole_engine  # It takes every core for as long as it lasts.
@pytest.mark.parametrize("source", [FORK_BOMB, THREAD_BOMB], ids=["processes", "threads"])
def test_a_bomb_of_processes_or_threads_stays_in_its_container(docker: Grader, source: str) -> None:
    roomy = replace(LIMITS, seconds=60, memory_bytes=4 * 2**30)
    card = docker.attack_with_script(script(source), roomy)
    assert_invalid(card, "was ended for using more than it may. It started more than")


@pytest.mark.parametrize("source", [MEMORY_BOMB, MEMORY_OF_MANY], ids=["one process", "many processes"])
def test_a_memory_bomb_takes_itself_down(target: Grader, source: str) -> None:
    card = target.attack_with_script(script(source))
    assert_invalid(card, "The training script used more than the 4 GiB of memory it may use")


def test_endless_allocation_in_a_graph_runs_out_of_memory(target: Grader, models: Path) -> None:
    card = target.attack_with_file(models / "allocate_forever")
    assert_invalid(card, "The model used more than the 4 GiB of memory it may use")


def test_a_script_that_fills_the_disk_is_ended(target: Grader) -> None:
    card = target.attack_with_script(script(FILL_DISK))
    assert_invalid(card, "was ended for using more than it may. It wrote more than 0.25 GiB of files")


def test_a_script_that_fills_the_disk_with_one_file_is_ended(target: Grader) -> None:
    """By the kernel or by the worker: whichever sees it first."""
    card = target.attack_with_script(script(ONE_HUGE_FILE))
    by_kernel = "OSError: [Errno 27] File too large" in card.reason
    assert_invalid(card, card.reason if by_kernel else "It wrote more than 0.25 GiB of files")


def test_a_graph_that_fills_the_disk_is_ended(target: Grader, models: Path) -> None:
    card = target.attack_with_file(models / "fill_disk")
    assert_invalid(card, "was ended for using more than it may. It wrote more than 0.25 GiB of files")


def test_endless_printing_keeps_only_a_clean_tail(target: Grader) -> None:
    card = target.attack_with_script(script(LAST_WORDS), replace(SHORT_LIMITS, log_bytes=5000))
    assert_invalid(card, "Training took longer than the")
    assert 1000 < len(card.log) <= 5000
    assert all(line.isprintable() for line in card.log.split("\n"))


def test_what_a_model_prints_without_end_is_dropped(target: Grader, models: Path) -> None:
    card = target.attack_with_file(models / "print_forever", SHORT_LIMITS)
    assert_invalid(card, "predicting on all inputs took longer than the")
    assert card.log == ""


def test_bytes_that_are_no_text_and_terminal_escapes_are_cleaned_away(target: Grader) -> None:
    source = r"""
    os.write(1, b"\xff\xfe\x80 \x1b]0;owned\x07 \x1b[2J \x1b[31mred\x1b[0m \x9b31m \x00\x08")
    os.write(1, b"\xe2\x80\xae end\n")
    os.write(1, b"\xf0\x9f")
    """
    card = target.attack_with_script(script_with_model(source))
    assert_scored(card, 5)
    assert "red" in card.log
    assert all(line.isprintable() for line in card.log.split("\n"))


@pytest.mark.parametrize("source", ["time.sleep(1000)", DEAF], ids=["asleep", "busy and deaf"])
def test_a_script_that_never_ends_is_ended(target: Grader, source: str) -> None:
    card = target.attack_with_script(script(source), SHORT_LIMITS)
    assert_invalid(card, "Training took longer than the")


def test_a_graph_that_never_ends_is_ended(target: Grader, models: Path) -> None:
    card = target.attack_with_file(models / "loop_forever", SHORT_LIMITS)
    assert_invalid(card, "predicting on all inputs took longer than the")


@pytest.mark.docker
def test_a_script_that_stops_whoever_would_end_it_is_ended(docker: Grader) -> None:
    """Again and again, so that it meets the process that clears it away, too."""
    source = """
    print("stopping", flush=True)
    while True:
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGSTOP)
    """
    card = docker.attack_with_script(script(source), SHORT_LIMITS)
    assert_invalid(card, "Training took longer than the")
    assert card.log == "stopping"


def test_a_child_does_not_outlive_its_parent(target: Grader) -> None:
    source = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                print("I live", flush=True)
                time.sleep(0.1)
        os._exit(0)
    time.sleep(1)
    """
    card = target.attack_with_script(script(source))
    assert_invalid(card, "without saving a model")
    assert "I live" in card.log


def test_a_bottomless_folder_and_an_end_without_a_name_are_the_script_s_own(target: Grader) -> None:
    source = """
    for _ in range(6000):
        os.mkdir("d")
        os.chdir("d")
    os.kill(os.getpid(), 40)
    """
    card = target.attack_with_script(script(source), replace(LIMITS, seconds=60))
    assert_invalid(card, "came to its end, so no model was taken. It was ended by signal 40.")


def test_thousands_of_open_files_are_refused_and_the_script_goes_on(target: Grader) -> None:
    source = """
    kept = []
    def open_many():
        while len(kept) < 100_000:
            kept.append(os.open("script.py", os.O_RDONLY))
    attempt("files", open_many)
    print("opened fewer than 4,097:", len(kept) <= 4096)
    for number in kept:
        os.close(number)
    """
    card = target.attack_with_script(script_with_model(source))
    assert_scored(card, 5)
    assert "FAILED files OSError" in card.log
    assert "opened fewer than 4,097: True" in card.log


def test_more_than_may_come_back_does_not(target: Grader) -> None:
    source = 'open("mymodel.h5", "wb").write(b"\\x89HDF\\r\\n\\x1a\\n" + bytes(8 * 2**20))'
    limits = replace(LIMITS, reply_bytes=2**20)
    card = target.attack_with_script(script(source), limits)
    assert_invalid(card, "was ended for using more than it may. Its reply is larger than 1 MiB")


@pytest.mark.docker
def test_a_graph_that_fills_shared_memory_is_told_so_and_not_that_memory_ran_out(
    docker: Grader, models: Path
) -> None:
    card = docker.attack_with_file(models / "fill_shared_memory")
    assert_invalid(card, "writes files when it is called, and filled the room that it has for them")
