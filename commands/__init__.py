"""The commands, a module for each group of them. They read arguments, join the rooms, and print.

Nothing heavy is imported before a command runs: each imports what it needs inside its function.
"""

from typing import Final

import click

from . import cohort, cohort_decisions, cohort_similar, data, exam, exam_cohort, learner, ready, sandbox

_ALL: Final[tuple[click.Command, ...]] = (
    learner.problems,
    learner.start,
    learner.check,
    learner.submit,
    learner.report,
    learner.history,
    exam.exam,
    ready.ready,
    cohort.cohort,
    data.data,
    sandbox.sandbox,
    sandbox.doctor,
)


_OF_EXAM: Final[tuple[click.Command, ...]] = (exam_cohort.pack_exam, exam_cohort.collect_results)


_OF_COHORT: Final[tuple[click.Command, ...]] = (
    cohort_decisions.regrade_cohort,
    cohort_decisions.override_score,
    cohort_decisions.show_audit,
    cohort_decisions.hand_out_data,
    cohort_similar.show_similar,
)


def add_commands(root: click.Group) -> None:
    """Give `root` every command; a group that has none of its own yet is left out."""
    for command in _OF_EXAM:
        exam.exam.add_command(command)
    for command in _OF_COHORT:
        cohort.cohort.add_command(command)
    for command in _ALL:
        if not isinstance(command, click.Group) or command.commands:
            root.add_command(command)
