"""Machines that grade together: their certificates, hosts and scheduler."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..files.text import counted
from . import context

_WHERE = click.argument("where", metavar="ADDRESS|FILE")


@click.group()
def cluster() -> None:
    """Grade a cohort on several machines, with Dask.

    docs/cluster.md has every step.
    """


@cluster.command("certificates")
@click.argument("scheduler", metavar="HOST[:PORT]")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cluster"),
    show_default=True,
    help="A new folder.",
)
def write_certificates(scheduler: str, into: Path) -> None:
    """Make the certificates of a cluster.

    HOST is the machine that the scheduler is to run on.
    """
    from ..sandbox.host.cluster.certificates import DAYS, write_certificates
    from ..sandbox.host.cluster.dask_cluster import scheduler_address

    address = scheduler_address(scheduler)
    mentor, host = write_certificates(into, address, datetime.now(UTC))
    context.put(f"{mentor} is for this machine: tfprep cluster start --cluster {mentor}/cluster.yaml")
    context.put(f"{host} is for every host: tfprep cluster worker {host.name}/cluster.yaml")
    context.say(
        f"They are valid for {counted(DAYS, 'day')}. Who has one of these folders can run programs on every "
        "machine of the cluster: copy them by ssh, and keep them to yourself."
    )


@cluster.command("worker")
@_WHERE
@click.option("--slots", type=click.IntRange(1, 512), help="Jobs side by side; else as many as have room.")
@click.option("--name", help="What this host is called; else its address.")
@click.option("--gpus", metavar="auto|all|none|NUMBER|IDS", help="Which graphics cards the models use.")
def start_worker(where: str, slots: int | None, name: str | None, gpus: str | None) -> None:
    """Make this machine a host of the cluster.

    It runs until Ctrl-C: `dask worker` with tfprep's options.
    """
    from ..sandbox.host.cluster.processes import run_worker

    run_worker(where, name, slots, gpus)


@cluster.command("start")
@click.option(
    "--cluster", "where", metavar="ADDRESS|FILE", required=True, help="Where the scheduler is to be."
)
@click.option(
    "--hosts", default="", metavar="A,B,…", help="Hosts to reach by ssh, each as USER@HOST or HOST."
)
@click.option(
    "--host-settings",
    default="host/cluster.yaml",
    show_default=True,
    metavar="FILE",
    help="On each host: its cluster.yaml, from the home folder.",
)
@click.option(
    "--host-command", default="tfprep", show_default=True, metavar="COMMAND", help="tfprep on each host."
)
def start_cluster(where: str, hosts: str, host_settings: str, host_command: str) -> None:
    """Run the scheduler here, and workers on hosts.

    All of them end with Ctrl-C. Hosts are reached by ssh; without --hosts, start their workers there.
    """
    from ..sandbox.host.cluster.processes import run_cluster

    named = [each.strip() for each in hosts.split(",") if each.strip()]
    raise SystemExit(run_cluster(where, named, host_command, host_settings, context.say))
