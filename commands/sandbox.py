"""The sandbox's image and containers, and whether this machine has what tfprep needs."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click

from ..errors import NOT_YET, OUR_FAULT
from ..files.text import counted
from ..home import Home
from . import context
from .context import as_json


@click.group()
def sandbox() -> None:
    """Build, show and clean up the Docker sandbox."""


@sandbox.command("build")
@click.option("--gpu", is_flag=True, help="With CUDA, for machines with an NVIDIA GPU.")
@click.option("--base-image", metavar="IMAGE", help="A Debian or Ubuntu image with Python 3.11 or newer.")
@click.option("--index-url", metavar="URL", help="The Python package index to install from.")
@click.option(
    "--ca-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Extra CA certificates."
)
@click.option("--network", metavar="NAME", help="The network to build in, `host` for example.")
def build_sandbox(gpu: bool, **given: Any) -> None:
    """Build the sandbox image of this version of tfprep.

    If the image is there already, it is not built again.
    """
    from ..sandbox.host.build import BuildOptions, build_image
    from ..sandbox.host.image import Accelerator

    chosen = {name: value for name, value in given.items() if value is not None}
    report = build_image(BuildOptions(Accelerator.GPU if gpu else Accelerator.CPU, **chosen), say=context.say)
    context.put(f"{report.accelerator.tag} is ready: {report.size_bytes / 1e9:.2f} GB, {report.id}")


@sandbox.command("status")
@as_json
def sandbox_status(as_json: bool) -> None:
    """Show the images, and whether they are of this version of tfprep."""
    from ..reports.json_records import image_record
    from ..reports.terminal import show_images
    from ..sandbox.host.image import image_status

    images = image_status()
    if as_json:
        return context.print_json([image_record(image) for image in images])
    return show_images(context.console(), images)


@sandbox.command("prune")
def prune_sandbox() -> None:
    """End a waiting worker; remove abandoned containers and old images."""
    from ..sandbox.host.engine import prune

    kept_workers = context.kept_workers(Home.find())
    if kept_workers is not None and kept_workers.end():
        context.put("Ended the worker that waited for the next command.")
    pruned = prune()
    context.put(f"Removed {counted(pruned.containers, 'container')} and {counted(pruned.images, 'image')}.")


@sandbox.command("attack")
@click.option("--sandbox", "choice", type=click.Choice(["docker", "local"]), default="docker")
@as_json
def attack_sandbox(choice: Literal["docker", "local"], as_json: bool) -> None:
    """Run known attacks in the sandbox here, and show which ones failed.

    For administrators: it tries to get out, to reach other people's work, to use up the machine. It takes a
    few minutes. Exit code 1 if anything did not hold. In a plain process, some attacks get through.
    """
    from ..grader.attack import attack
    from ..grader.attack_table import NOT_TRIED
    from ..reports.terminal import show_attack
    from ..sandbox.host.select_sandbox import for_own_work

    console = context.console()
    with for_own_work(choice, context.say) as opened:
        results = attack(opened, (lambda result: None) if as_json else partial(show_attack, console))
    if as_json:
        context.print_json({"results": [asdict(each) for each in results], "not_tried": list(NOT_TRIED)})
    else:
        held = sum(each.held for each in results)
        context.put(f"{held} of {len(results)} held. Not tried: {'; '.join(NOT_TRIED)}.")
    if not all(each.held for each in results):
        sys.exit(NOT_YET)


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check that this machine has what tfprep needs.

    Says what to do about what is missing. Exit code 3 if nothing can be recorded until that is done.
    """
    from ..grader.home_checks import check_home
    from ..reports.json_records import check_record
    from ..reports.terminal import show_checks
    from ..sandbox.host.doctor import CheckState, check_machine

    own = check_home(Home.find())
    checks = (*own, *check_machine())
    if as_json:
        context.print_json([check_record(check) for check in checks])
    else:
        show_checks(context.console(), checks)
    if any(check.state is CheckState.WRONG for check in own):
        sys.exit(OUR_FAULT)
