"""`python -m tests.cohorts.three_hosts FOLDER`: a class graded on three hosts; one dies, and one is slow.

Each host is a network namespace with an engine of its own, reached over TLS; a fourth joins with another
image. It needs root, `ip`, dockerd and the built image, and takes minutes. design/0013 has what came of it.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tfprep.sandbox.host.cluster.certificates import write_certificates

from ..cars import RULES, write_cars
from ..sandbox.private_engine import PrivateEngine, private_folder
from ..test_cli_cohort_killed import MODELS, without_the_run

SIZE = 60
BRIDGE = "tfprep0"
NETWORK = "10.77.0"
TAG = "tfprep-sandbox:cpu"
ROOT = Path(__file__).resolve().parents[2]
SLOWED = (0.4, 0.4)
"""Seconds that a slowed host's worker stands still, and goes on."""


class Host:
    """A namespace `tfprepK`, its engine, and the worker that runs there."""

    def __init__(self, number: int, stack: ExitStack, *, other_image: bool = False) -> None:
        self.number, self.name = number, f"host{number}"
        self._place = stack.enter_context(private_folder())
        self.engine = PrivateEngine(self._place, self._place / "data")
        stack.callback(self.engine.stop)
        self.engine.start_with(TAG)
        if other_image:
            recipe = f"FROM {TAG}\nLABEL of=another\n".encode()
            ask = ["docker", "--host", self.engine.host, "build", "--quiet", "--tag", TAG, "-"]
            subprocess.run(ask, input=recipe, check=True, stdout=subprocess.DEVNULL)
        space, inside, outside = f"tfprep{number}", f"tfpi{number}", f"tfpo{number}"
        ip("netns", "add", space)
        stack.callback(ip, "netns", "del", space)
        ip("link", "add", outside, "master", BRIDGE, "type", "veth", "peer", "name", inside, "netns", space)
        ip("link", "set", outside, "up")
        ip("-n", space, "addr", "add", f"{NETWORK}.{10 + number}/24", "dev", inside)
        for device in (inside, "lo"):
            ip("-n", space, "link", "set", device, "up")
        self._space, self._stack = space, stack

    def join(self, settings: Path, log: Path) -> None:
        """Starts its worker."""
        command = ["ip", "netns", "exec", self._space, *tfprep("cluster", "worker", str(settings))]
        command += ["--name", self.name, "--slots", "1", "--gpus", "none"]
        self.worker = start(command, log, DOCKER_HOST=self.engine.host)
        self._stack.callback(self.kill)

    def kill(self) -> None:
        """Its worker and nanny are gone at once."""
        if self.worker.poll() is None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait()

    def slow_down(self, until: threading.Event) -> None:
        """Its worker stands still half of the time."""
        while not until.is_set():
            for sign, seconds in zip((signal.SIGSTOP, signal.SIGCONT), SLOWED, strict=True):
                os.killpg(self.worker.pid, sign)
                time.sleep(seconds)


def main(folder: Path) -> None:
    """Grades the class undisturbed on one host's engine, then on three, and compares."""
    make_class(folder)
    with ExitStack() as stack:
        stack.enter_context(bridge())
        hosts = [Host(number, stack) for number in (1, 2, 3)]
        stale = Host(4, stack, other_image=True)
        began = time.monotonic()
        alone = grade(folder, "alone", ["--workers", "1"], DOCKER_HOST=hosts[0].engine.host)
        assert alone.wait() == 0, (folder / "alone.log").read_text()
        alone_seconds = time.monotonic() - began
        mentor, settings = write_certificates(folder / "files", f"tls://{NETWORK}.1:8786", datetime.now(UTC))
        scheduler = start(
            tfprep("cluster", "start", "--cluster", str(mentor / "cluster.yaml")), folder / "scheduler.log"
        )
        stack.callback(scheduler.wait)
        stack.callback(scheduler.terminate)
        for host in hosts:
            host.join(settings / "cluster.yaml", folder / f"{host.name}.log")
        began = time.monotonic()
        there = grade(
            folder, "there", ["--cluster", str(mentor / "cluster.yaml")], DOCKER_HOST="unix:///nowhere"
        )
        wait_for(folder, 10)
        over = threading.Event()
        threading.Thread(target=hosts[1].slow_down, args=(over,), daemon=True).start()
        stale.join(settings / "cluster.yaml", folder / "host4.log")
        wait_for(folder, 20)
        hosts[0].kill()
        hosts[0].engine.stop()
        code = there.wait()
        seconds = time.monotonic() - began
        over.set()
        report(folder, code, alone_seconds, seconds)


def report(folder: Path, code: int, alone_seconds: float, seconds: float) -> None:
    """What a person wants to know, as a table."""
    outs = [folder / name for name in ("alone", "there")]
    alone, there = (json.loads((out / "results.json").read_text("utf-8")) for out in outs)
    books = [read_book(out / "gradebook.csv") for out in outs]
    imports = [[(out / f"{name}.csv").read_bytes() for name in ("canvas", "moodle")] for out in outs]
    table = Table("", "one machine", "three hosts, disturbed")
    table.add_row("seconds", f"{alone_seconds:.0f}", f"{seconds:.0f}")
    table.add_row("exit code", "0", str(code))
    for name in ("alone", "there"):
        rows = stored(folder / f"{name}.db")
        table.add_row(name, f"{len(rows)} results", str(sorted(Counter(rows.values()).items())))
    table.add_row("results.json is the same", "", str(without_the_run(alone) == without_the_run(there)))
    table.add_row("gradebook.csv without submissions' numbers is the same", "", str(books[0] == books[1]))
    table.add_row("canvas.csv and moodle.csv are the same", "", str(imports[0] == imports[1]))
    console = Console(width=110)
    console.print(table)
    console.print((folder / "there.log").read_text("utf-8"))


def read_book(path: Path) -> list[dict[str, str]]:
    """The gradebook, without the numbers that a ledger gives in the order in which jobs end."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: value for name, value in row.items() if "submission" not in name} for row in rows]


def make_class(folder: Path) -> None:
    """Sixty real models, the mentor's data and rules."""
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", MODELS, str(SIZE)], cwd=folder, check=True)
    write_cars(folder / "cars.csv")
    (folder / "cohort.toml").write_text(RULES)


def grade(folder: Path, name: str, options: list[str], **variables: str) -> subprocess.Popen[bytes]:
    """The mentor's command, into a ledger of its own."""
    homes = {"TFPREP_HOME": str(folder / "home"), "TFPREP_LEDGER": str(folder / f"{name}.db")}
    words = tfprep("cohort", "grade", "all", "--out", name, *options)
    return start(words, folder / f"{name}.log", folder, **homes, **variables)


def wait_for(folder: Path, count: int) -> None:
    """Until so many results are recorded."""
    while len(stored(folder / "there.db")) < count:
        time.sleep(0.2)


def stored(ledger: Path) -> dict[int, int]:
    """The score of each submission that a ledger holds."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as reader:
            return dict(reader.execute("SELECT number, score FROM scores"))
    except sqlite3.OperationalError:  # not made yet
        return {}


def tfprep(*words: str) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "tfprep.cli", *words]


def start(
    command: list[str], log: Path, cwd: Path | None = None, **variables: str
) -> subprocess.Popen[bytes]:
    """A process that finds tfprep, in a group of its own."""
    places = os.pathsep.join([str(ROOT / ".src"), os.environ.get("PYTHONPATH", "")])
    with log.open("ab") as file:
        return subprocess.Popen(
            command,
            cwd=cwd or log.parent,
            env={**os.environ, "PYTHONPATH": places, **variables},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )


@contextmanager
def bridge() -> Iterator[None]:
    """What joins the namespaces; the mentor is .1."""
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        yield
    finally:
        ip("link", "del", BRIDGE)


def ip(*words: str) -> None:
    """One `ip` command."""
    subprocess.run(["ip", *words], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
