"""Other submissions cannot be seen, and nothing can be left for the next one.

A plain subprocess keeps only the job's own directory and processes apart: see the package's docstring.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.errors import LostByScript

from .attacked_grader import Grader, assert_invalid, assert_scored, text_of
from .hostile_code import script

LEAVE = """
open("/tmp/left-by-mallory", "w").write("left")
open("/dev/shm/left-by-mallory", "w").write("left")
os.mkdir("/tmp/folder-left-by-mallory", 0)
print("segment", libc("shmget", 4711, 4096, 0o1666) >= 0)
print("queue", libc("msgget", 4711, 0o1666) >= 0)
print("semaphore", libc("semget", 4711, 1, 0o1666) >= 0)
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0left-by-mallory")
listener.listen()
named = socket.socket(socket.AF_UNIX)
named.bind("/tmp/socket-left-by-mallory")
os.mkfifo("/tmp/fifo-left-by-mallory")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(0)
time.sleep(0.5)
"""
FIND = """
attempt("files", lambda: (glob.glob("/tmp/*left*") + glob.glob("/dev/shm/*"))[0])
attempt("segment", lambda: libc("shmget", 4711, 4096, 0))
attempt("queue", lambda: libc("msgget", 4711, 0))
attempt("semaphore", lambda: libc("semget", 4711, 1, 0))
attempt("socket", lambda: socket.socket(socket.AF_UNIX).connect("\\0left-by-mallory"))
def strangers():
    users = {}
    for path in glob.glob("/proc/[0-9]*"):
        with contextlib.suppress(OSError):
            users[path] = os.stat(path).st_uid
    return [path for path, user in users.items() if user not in (0, os.getuid())][0]
attempt("process", strangers)
"""
WORKER = """
worker = os.getppid()
def read_memory():
    buffer = ctypes.create_string_buffer(8)
    piece = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
    there = (ctypes.c_void_p * 2)(id(worker), 8)
    return libc("process_vm_readv", worker, piece, 1, there, 1, 0)
attempt("kill worker", lambda: os.kill(worker, 9))
attempt("stop worker", lambda: os.kill(worker, signal.SIGSTOP))
attempt("kill init", lambda: os.kill(1, 9))
attempt("trace", lambda: libc("ptrace", 16, worker, 0, 0))
attempt("memory", lambda: open(f"/proc/{worker}/mem", "rb"))
attempt("other memory", read_memory)
attempt("descriptors", lambda: os.listdir(f"/proc/{worker}/fd"))
attempt("take", lambda: libc("syscall", 438, os.pidfd_open(worker), 64, 0))
attempt("environment", lambda: open(f"/proc/{worker}/environ").read())
attempt("directory", lambda: os.listdir(f"/proc/{worker}/cwd/"))
attempt("limits", lambda: __import__("resource").prlimit(worker, 7, (1, 1)))
attempt("slow down", lambda: os.setpriority(os.PRIO_PROCESS, worker, 19))
attempt("offer to killer", lambda: write(f"/proc/{worker}/oom_score_adj", b"1000"))
attempt("jobs", lambda: os.listdir(".."))
attempt("root", lambda: os.listdir("../.."))
"""
CODE = """
import sysconfig
inside = "/opt/tfprep/sandbox/worker"
packages = sysconfig.get_paths()["purelib"]
attempt("worker's code", lambda: open(f"{inside}/predict_job.py", "a"))
attempt("worker's cache", lambda: open(glob.glob(f"{inside}/__pycache__/*")[0], "r+b"))
attempt("new module", lambda: open(f"{inside}/new.py", "w"))
attempt("replace folder", lambda: os.rename(inside, "/tmp/inside"))
attempt("keras", lambda: open(f"{packages}/keras/__init__.py", "a"))
attempt("sitecustomize", lambda: open(f"{packages}/sitecustomize.py", "w"))
attempt("path file", lambda: open(f"{packages}/mallory.pth", "w"))
attempt("interpreter", lambda: open(sys.executable, "r+b"))
attempt("etc", lambda: open("/etc/ld.so.preload", "w"))
attempt("var", lambda: open("/var/tmp/x", "w"))
attempt("home", lambda: open("/root/.bashrc", "w"))
"""


@pytest.mark.docker
@pytest.mark.parametrize(
    "name", ["write_temporary", "write_shared_memory", "write_neighbour", "write_inputs"]
)
def test_a_file_left_by_a_graph_is_not_there_for_the_next_job(
    docker: Grader, models: Path, name: str
) -> None:
    card = docker.attack_with_file(models / name)
    if name in ("write_temporary", "write_shared_memory"):
        # It may write there; it is cleared away.
        assert_scored(card, 5)
    else:
        assert_invalid(card, "PermissionDeniedError")
    # It would be right had it found a file.
    assert_scored(docker.attack_with_file(models / "find_other_jobs"), 0)


@pytest.mark.docker
def test_a_graph_finds_no_other_job_s_directory(docker: Grader, models: Path) -> None:
    # It would be right had it found another's model.
    assert_scored(docker.attack_with_file(models / "find_other_jobs"), 0)


def test_a_file_that_was_left_would_be_found(local: Grader, models: Path) -> None:
    """The graph of the two tests above does see: in a plain subprocess, what its user's /tmp holds."""
    left = Path("/tmp/left-by-mallory")
    left.write_text("left")
    try:
        assert_scored(local.attack_with_file(models / "find_other_jobs"), 5)
    finally:
        left.unlink()


@pytest.mark.docker
def test_nothing_that_a_script_leaves_is_there_for_the_next(docker: Grader) -> None:
    left = docker.attack_with_script(script(LEAVE))
    assert_invalid(left, "without saving a model")
    assert left.log.split() == ["segment", "True", "queue", "True", "semaphore", "True"]
    found = docker.attack_with_script(script(FIND))
    assert_invalid(found, "without saving a model")
    assert found.log.count("FAILED") == FIND.count('attempt("'), found.log


@pytest.mark.docker
def test_the_worker_can_be_neither_signalled_nor_traced_nor_read(docker: Grader) -> None:
    card = docker.attack_with_script(script(WORKER))
    assert_invalid(card, "without saving a model")
    assert card.log.count("FAILED") == WORKER.count('attempt("'), card.log


def test_killing_the_worker_where_it_can_be_is_our_fault_and_the_pool_goes_on(local: Grader) -> None:
    killing = script("os.kill(os.getppid(), 9)\ntime.sleep(100)")
    with pytest.raises(LostByScript, match="worker was lost") as caught:
        local.attack_with_script(killing)
    assert "may have ended it" in caught.value.what
    assert "a new worker is started" in caught.value.remedy


@pytest.mark.docker
def test_killing_everybody_kills_the_attacker_alone(docker: Grader) -> None:
    card = docker.attack_with_script(script("os.kill(-1, 9)\ntime.sleep(1)"))
    assert_invalid(card, "without saving a model")


@pytest.mark.docker
def test_the_worker_s_code_and_packages_cannot_be_altered_by_a_script(docker: Grader) -> None:
    card = docker.attack_with_script(script(CODE))
    assert_invalid(card, "without saving a model")
    assert card.log.count("FAILED") == CODE.count('attempt("'), card.log


@pytest.mark.docker
@pytest.mark.parametrize("name", ["write_worker", "write_packages", "write_etc"])
def test_the_worker_s_code_and_packages_cannot_be_altered_by_a_graph(
    docker: Grader, models: Path, name: str
) -> None:
    card = docker.attack_with_file(models / name)
    assert_invalid(card, "The SavedModel raised")
    assert "exit" not in text_of(card)


def test_a_relative_path_into_a_neighbour_s_folder_finds_only_the_own_job(
    target: Grader, models: Path
) -> None:
    source = """
    jobs = [name for name in glob.glob("../*") if not name.endswith("/" + os.path.basename(os.getcwd()))]
    attempt("neighbours", lambda: jobs[0])
    """
    target.check_honest(target.sandbox)
    card = target.attack_with_script(script(source))
    assert_invalid(card, "without saving a model")
    assert "FAILED neighbours IndexError" in card.log


def test_the_same_submission_after_an_attack_has_the_same_bits(target: Grader, models: Path) -> None:
    before = target.attack_with(target.honest).predictions
    assert_invalid(target.attack_with_file(models / "raise_inputs"), "raised InvalidArgumentError")
    after = target.attack_with(target.honest).predictions
    assert before is not None
    assert after is not None
    assert before.tobytes() == after.tobytes()
