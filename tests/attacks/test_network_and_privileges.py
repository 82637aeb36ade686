"""Reaching the network, the engine or another privilege: none of it is there.

A plain subprocess has its user's network and files; what it does not hand on is its user's environment.
"""

from __future__ import annotations

import pytest

from .attacked_grader import Grader, assert_invalid
from .hostile_code import script

NETWORK = {
    "by address over TCP": 'socket.create_connection(("1.1.1.1", 53), 3)',
    "by address over UDP": 'socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53))',
    "by IPv6": 'socket.create_connection(("2606:4700:4700::1111", 53), 3)',
    "by name": 'socket.getaddrinfo("example.com", 80)',
    "the cloud's metadata": 'socket.create_connection(("169.254.169.254", 80), 3)',
    "the host's gateway": 'socket.create_connection(("172.17.0.1", 2375), 3)',
    "raw packets": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "the engine's socket": 'socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")',
    "the engine's other socket": 'socket.socket(socket.AF_UNIX).connect("/run/docker.sock")',
}
PRIVILEGES = {
    "becoming root": "os.setuid(0)",
    "the worker's group": "os.setgroups([0])",
    "mounting": 'libc("mount", b"x", b"/mnt", b"tmpfs", 0, None)',
    "a device": 'os.mknod("disk", 0o600 | 0o60000, os.makedev(8, 0))',
    "another root": 'os.chroot("/")',
    "the kernel's settings": 'write("/proc/sys/kernel/core_pattern", b"|/bin/sh")',
    "the kernel's log": 'open("/dev/kmsg").read(1)',
    "the machine's memory": 'open("/dev/mem", "rb").read(1)',
    "the control groups": 'write("/sys/fs/cgroup/cgroup.procs", b"0")',
    "the clock": "time.clock_settime(time.CLOCK_REALTIME, 0)",
    "new namespaces": 'libc("unshare", 0x10000000)',
    "more memory": "__import__('resource').setrlimit(__import__('resource').RLIMIT_DATA, (-1, -1))",
    "being killed last": 'write("/proc/self/oom_score_adj", b"-1000")',
}


@pytest.mark.docker
def test_no_network_no_engine_and_no_metadata_can_be_reached(docker: Grader) -> None:
    source = "\n".join(f"attempt({what!r}, lambda: {action})" for what, action in NETWORK.items())
    card = docker.attack_with_script(script(source))
    assert_invalid(card, "without saving a model")
    for what in NETWORK:
        assert f"FAILED {what} " in card.log, card.log


@pytest.mark.docker
def test_nothing_listens_on_the_loopback(docker: Grader) -> None:
    source = """
    def scan():
        found = []
        for port in range(1, 65536):
            with socket.socket() as caller:
                caller.settimeout(1)
                reached = caller.connect_ex(("127.0.0.1", port)) == 0
                if reached and caller.getsockname() != caller.getpeername():
                    found.append(port)
        return found or 1 / 0
    attempt("a port", scan)
    attempt("an abstract socket", lambda: [line for line in open("/proc/net/unix") if "@" in line][0])
    """
    card = docker.attack_with_script(script(source))
    assert_invalid(card, "without saving a model")
    assert "FAILED a port ZeroDivisionError" in card.log
    assert "FAILED an abstract socket IndexError" in card.log


@pytest.mark.docker
def test_no_privilege_can_be_gained(docker: Grader) -> None:
    source = "\n".join(f"attempt({what!r}, lambda: {action})" for what, action in PRIVILEGES.items())
    card = docker.attack_with_script(script(source))
    assert_invalid(card, "without saving a model")
    for what in PRIVILEGES:
        assert f"FAILED {what} " in card.log, card.log


def test_the_environment_holds_none_of_the_grader_s_secrets(
    target: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFPREP_LEDGER", "postgresql://grader:hunter2@db/ledger")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    source = """
    def search():
        texts = [str(dict(os.environ)), open("/proc/self/environ").read(), str(sys.orig_argv)]
        return "hunter" + "2" in " ".join(texts) or 1 / 0
    attempt("secrets", search)
    print("names", sorted(os.environ))
    """
    card = target.attack_with_script(script(source))
    assert_invalid(card, "without saving a model")
    assert "FAILED secrets ZeroDivisionError" in card.log
    assert "TFPREP_LEDGER" not in card.log
