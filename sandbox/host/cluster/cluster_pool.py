"""A pool of sandboxes on the hosts of a cluster, which come and go.

A host is used when its worker computes as the others do: the same tfprep, image, TensorFlow and processor.
Whichever host a job runs on, its reply is read here, by the same reader as that of a container here.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from threading import Condition, Event, Lock, Thread
from typing import TYPE_CHECKING, Final, Protocol, Self

from .... import __version__
from ....errors import SandboxUnavailable, WorkerLost
from ....files.text import one_line
from ...protocol.contract import Limits, worker_digest
from ...protocol.frames import BadFrame, pack_frame
from ...protocol.packing import PackedInputs
from ..image import SANDBOX
from ..public_data import pack_public
from ..sandbox import Outcome, PredictJob, TrainJob
from ..worker_client import JobLog, JobReply, read_environment
from .travel import SLACK, pack_predict, read_job_reply, unpack_reply

if TYPE_CHECKING:
    from .dask_cluster import Ask

logger = logging.getLogger(__name__)

MOST_SLOTS: Final = 512
ALIKE: Final = ("image", "tensorflow", "cpu", "device", "rounding")
"""Of a worker's environment: what must be the same on every host."""
_LOOK_SECONDS: Final = 1.0
"""Between two looks at who is in the cluster."""
_AGAIN_SECONDS: Final = 60.0
"""Between two tries to use a host whose engine or connection failed."""
_FIRST_SECONDS: Final = 15.0
"""That a cluster may have no host at all, when a batch begins."""
_NO_HOST_SECONDS: Final = 30.0
"""The same, in the middle of a batch."""
_START: Final = "Start a host: `tfprep cluster worker`. `tfprep doctor` on a host shows what it lacks."


class Cluster(Protocol):
    """Who is there, and how to ask them; see `dask_cluster.DaskCluster`."""

    address: str

    def hosts(self) -> dict[str, tuple[str, int | None]]: ...

    def open(self, address: str) -> Ask: ...

    def forget(self, address: str) -> None: ...

    def close(self) -> None: ...


@dataclass(eq=False)
class Host:
    """A host that is used."""

    address: str
    name: str
    ask: Ask
    slots: int
    differs: str = ""
    """How it computes otherwise than the first host; a person has allowed it."""
    free: deque[int] = field(default_factory=deque)
    """Its slots that nobody uses, the one that was used last at the end."""
    kept: set[str] = field(default_factory=set)
    """Digests of the inputs that it has."""
    sending: Lock = field(default_factory=Lock)
    is_gone: bool = False

    def keep(self, inputs: PackedInputs) -> None:
        """Sends inputs that it does not have. Raises WorkerLost."""
        if not inputs.is_kept or inputs.digest in self.kept:
            return
        with self.sending:
            if inputs.digest not in self.kept:
                header = {"verb": "keep", "digest": inputs.digest}
                unpack_reply(self.ask(pack_frame(header, inputs.packed)), SLACK)
                self.kept.add(inputs.digest)


class ClusterPool:
    """A `WorkerPool` of the slots of every host.

    Args:
        cluster: who is there.
        limits: the largest of the jobs to come.
        workers: slots of each host, at most; None for as many as it has room for.
        allow_mixed: hosts that compute otherwise than the first one are used too, and cards say so.
        say: gets a sentence for each host that joins, leaves or is not used.
    """

    def __init__(
        self,
        cluster: Cluster,
        limits: Limits,
        workers: int | None = None,
        *,
        allow_mixed: bool = False,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._cluster, self._limits, self._workers = cluster, limits, workers
        self._allow_mixed, self._say = allow_mixed, say
        self._changed = Condition()
        self._hosts: dict[str, Host] = {}
        self._seen: dict[str, str] = {}
        """Addresses of all that ever joined: why they are not used, or "" where they are, or may be."""
        self._again: dict[str, float] = {}
        """When a host that failed is tried again."""
        self._joining = 0
        self._reference: Mapping[str, str] | None = None
        self._deadline = time.monotonic() + _FIRST_SECONDS
        """Until when a host may join, where there is none."""
        self._closed = Event()
        self._has_ended = False
        Thread(target=self._watch, name="tfprep-cluster", daemon=True).start()

    def open(self) -> Self:
        """Waits for the first host. Raises SandboxUnavailable: there is none."""
        try:
            self._wait_for_host()
        except BaseException:
            self.close()
            raise
        return self

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Those that are used just now."""
        return tuple(self._hosts.values())

    @property
    def slots(self) -> int:
        """Of all of them."""
        return sum(host.slots for host in self.hosts)

    @property
    def most_slots(self) -> int:
        """Hosts may join."""
        return MOST_SLOTS

    def make(self, slot: int) -> RemoteSandbox:
        """A sandbox that takes a free slot of a host for each job."""
        return RemoteSandbox(self)

    def end(self) -> None:
        """Ends every running job, on every host; none begins from now on."""
        self._has_ended = True
        message = pack_frame({"verb": "end"})
        asking = [Thread(target=_ask_to_end, args=(host, message)) for host in self.hosts]
        for each in asking:
            each.start()
        for each in asking:
            each.join(timeout=10)

    def close(self) -> None:
        """Leaves the cluster."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
        self._cluster.close()

    def take(self, preferred: tuple[Host, int] | None) -> tuple[Host, int]:
        """A free slot of a host, the preferred one if it is free. Raises SandboxUnavailable."""
        with self._changed:
            while not self._has_ended:
                if preferred and not preferred[0].is_gone and preferred[1] in preferred[0].free:
                    preferred[0].free.remove(preferred[1])
                    return preferred
                hosts = [host for host in self._hosts.values() if host.free]
                if hosts:
                    host = max(hosts, key=lambda each: len(each.free) / each.slots)
                    return host, host.free.popleft()
                if not self._hosts:
                    self._wait_for_host()
                else:
                    self._changed.wait(_LOOK_SECONDS)
        raise SandboxUnavailable("The batch was stopped.", "Run the command again to go on.")

    def give_back(self, host: Host, slot: int) -> None:
        """The slot is free again."""
        with self._changed:
            host.free.append(slot)
            self._changed.notify()

    def lose(self, host: Host) -> None:
        """A host does not answer any more: nothing is sent to it."""
        with self._changed:
            host.is_gone = True
            if self._hosts.pop(host.address, None) is None:
                return
            self._deadline = time.monotonic() + _NO_HOST_SECONDS
            # It may be that only a connection broke.
            self._again[host.address] = time.monotonic() + _AGAIN_SECONDS
            self._changed.notify_all()
        self._cluster.forget(host.address)
        if not self._closed.is_set():
            self._say(f"The host {host.name} has left the cluster. What it was running is run again.")

    def _wait_for_host(self) -> None:
        with self._changed:
            while not self._hosts:
                waits_in_vain = not self._joining and time.monotonic() > self._deadline
                if self._closed.is_set() or self._has_ended or waits_in_vain:
                    reasons = " ".join(dict.fromkeys(filter(None, self._seen.values())))
                    what = f"No host of the cluster at {self._cluster.address} can be used."
                    raise SandboxUnavailable(f"{what} {reasons}".strip(), _START)
                self._changed.wait(_LOOK_SECONDS)

    def _watch(self) -> None:
        """Sees who joins and who leaves, until the pool is closed."""
        while not self._closed.is_set():
            with suppress(SandboxUnavailable):  # what runs goes on without the scheduler
                self._look(self._cluster.hosts())
            self._closed.wait(_LOOK_SECONDS)

    def _look(self, present: Mapping[str, tuple[str, int | None]]) -> None:
        for address, (name, offered) in present.items():
            if address not in self._seen or self._again.get(address, math.inf) < time.monotonic():
                self._again.pop(address, None)
                self._seen.setdefault(address, "")
                with self._changed:
                    self._joining += 1
                Thread(target=self._join, args=(address, name, offered), daemon=True).start()
        for host in self.hosts:
            if host.address not in present:
                self.lose(host)
        for address in [each for each in self._seen if each not in present]:
            # One that was asked what it has, and left without an answer, is waited for no longer.
            self._cluster.forget(address)
            del self._seen[address]
            self._again.pop(address, None)

    def _join(self, address: str, name: str, offered: int | None) -> None:
        """Uses a host that joined, if it computes as the others do."""
        try:
            why = self._try_to_use(address, name, offered)
        except Exception as error:
            if not isinstance(error, SandboxUnavailable):
                logger.exception("a host could not be used")
            why = f"The host {name} is not used: {one_line(str(error), 300)}"
            self._again[address] = time.monotonic() + _AGAIN_SECONDS
        with self._changed:
            self._joining -= 1
            before, self._seen[address] = self._seen.get(address, ""), why
            self._changed.notify_all()
        if why:
            self._cluster.forget(address)
            if why != before and not self._closed.is_set():
                self._say(why)

    def _try_to_use(self, address: str, name: str, offered: int | None) -> str:
        """Adds the host; why it cannot be used, in a sentence, else. Raises SandboxUnavailable."""
        ask = self._cluster.open(address)
        workers = min(filter(None, (self._workers, offered)), default=None)
        told = {"verb": "describe", "limits": asdict(self._limits), "workers": workers}
        header, _ = unpack_reply(ask(pack_frame(told)), SLACK)
        slots, environment = header.get("slots"), read_environment(header.get("environment"))
        if type(slots) is not int or not 0 < slots <= MOST_SLOTS:
            return f"The host {name} is not used: it offers no slot."
        own = {"tfprep": __version__, "worker": worker_digest(SANDBOX)}
        found = {"tfprep": one_line(header.get("tfprep"), 40), "worker": environment.get("worker", "")}
        if differs := _differences(own, found, own):
            return (
                f"The host {name} is not used: {differs}. Install the same tfprep there, and build its image."
            )
        with self._changed:
            self._reference = self._reference or environment
            differs = _differences(ALIKE, environment, self._reference)
            if differs and not self._allow_mixed:
                return f"The host {name} is not used: {differs}. --allow-mixed uses it."
            self._hosts[address] = Host(address, name, ask, slots, differs, deque(range(slots)))
            self._changed.notify_all()
        other = f" It differs: {differs}." if differs else ""
        self._say(f"The host {name} is used: {slots} at a time.{other}")
        return ""


def cluster_pool(
    where: str, limits: Limits, workers: int | None, *, allow_mixed: bool, say: Callable[[str], None]
) -> ClusterPool:
    """The pool of the cluster at an address, or that a file describes; it has a host.

    Raises:
        BadOption: `where` is neither, or is not encrypted.
        SandboxUnavailable: Dask is not installed, no scheduler answers, or no host can be used.
    """
    from .dask_cluster import connect

    return ClusterPool(connect(where), limits, workers, allow_mixed=allow_mixed, say=say).open()


class RemoteSandbox:
    """A `Sandbox` on whichever host has a free slot; while it is free, the same one again."""

    name = "docker"

    def __init__(self, pool: ClusterPool) -> None:
        self._pool = pool
        self._last: tuple[Host, int] | None = None
        self._model: bytes | None = None
        """The model that its last slot has."""

    def predict(self, job: PredictJob) -> Outcome:
        """As `Sandbox.predict`, on a host."""

        def ask(host: Host, slot: int, *, same: bool) -> bytes:
            for inputs in (job.inputs, *job.extra_inputs):
                host.keep(inputs)
            return host.ask(pack_predict(job, slot, with_model=not (same and self._model is job.model)))

        host, reply = self._exchange(ask, job.limits)
        self._model = job.model
        return _marked(_understand(lambda: reply.predicted(job)), host)

    def train(self, job: TrainJob) -> Outcome:
        """As `Sandbox.train`, on a host. What the script prints comes when it has ended."""
        packed = pack_public(job.script, job.public)

        def ask(host: Host, slot: int, *, same: bool) -> bytes:
            header = {"verb": "train", "slot": slot, "limits": asdict(job.limits)}
            return host.ask(pack_frame(header, packed))

        host, reply = self._exchange(ask, job.limits)
        log = JobLog(job.limits.log_bytes, job.watch)
        log.feed(reply.printed.encode(errors="replace"))
        reply = replace(reply, printed=log.close())
        return _marked(_understand(lambda: reply.trained(job)), host)

    def _exchange(self, ask: Callable[..., bytes], limits: Limits) -> tuple[Host, JobReply]:
        """A host's reply to a job. Raises SandboxUnavailable, WorkerLost."""
        last = self._last
        self._last = host, slot = self._pool.take(last)
        try:
            answer = ask(host, slot, same=self._last == last)
        except WorkerLost as error:
            self._model = self._last = None
            self._pool.lose(host)
            raise WorkerLost(f"The host {host.name} was lost at this file.", error.remedy) from error
        finally:
            self._pool.give_back(host, slot)
        return host, read_job_reply(answer, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """The host keeps the slot's container for the next job."""


def _ask_to_end(host: Host, message: bytes) -> None:
    with suppress(SandboxUnavailable):
        host.ask(message)


def _understand(read: Callable[[], Outcome]) -> Outcome:
    try:
        return read()
    except BadFrame as error:
        raise WorkerLost("A host of the cluster sent something that tfprep does not understand.") from error


def _marked(outcome: Outcome, host: Host) -> Outcome:
    """With a sentence for the card, where the host computes otherwise than the first one."""
    if not host.differs:
        return outcome
    note = f"It ran on a host that differs from others of this cluster: {host.differs}."
    facts = replace(outcome.facts, adaptations=(*outcome.facts.adaptations, note))
    return replace(outcome, facts=facts)


def _differences(names: Iterable[str], found: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """How a host differs in these, for example "its image is 3f… and not 81…"; empty where it does not."""
    pairs = [(name, found.get(name, "none"), expected.get(name, "none")) for name in names]
    return " and ".join(_difference(*pair) for pair in pairs if pair[1] != pair[2])


def _difference(name: str, found: str, expected: str) -> str:
    if " " in found or " " in expected:  # a processor and its instruction sets
        one, other = set(found.split()), set(expected.split())
        parts = [
            f"{word} {' '.join(sorted(each))}"
            for word, each in (("with", one - other), ("without", other - one))
            if each
        ]
        return f"its {name} is one {' and '.join(parts)}"
    digests = [each.removeprefix("sha256:")[:12] for each in (found, expected)]
    return f"its {name} is {digests[0]} and not {digests[1]}"
