"""Measures how far scores move between learners' variants: the references on 40 variants of an exam's half.

    python -m tests.exams.measure_variants

For design/0007-the-exam.md. The references are trained once and kept (tests/trained.py).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tfprep.classroom.exam_pool import for_exam, variant_of
from tfprep.grader.grade import grade
from tfprep.grader.scoring.interval import confidence_interval
from tfprep.grader.scoring.score import earned_score, matching_output
from tfprep.grader.submission.submission import read_submission
from tfprep.problems import DataStore, Split, usual_problems
from tfprep.problems.sources import Sources
from tfprep.sandbox.host.local import LocalSandbox

from ..calibration import secret_of
from ..trained import TrainedModels, cache_folder

LEARNERS = 40
SHARE = 0.7


def main() -> None:
    """Prints a row of the table for each problem."""
    sources = Sources(cache_folder() / "downloads", storage_answers=lambda: False)
    models = TrainedModels(cache_folder() / "models")
    with tempfile.TemporaryDirectory() as scratch, LocalSandbox() as sandbox:
        store = DataStore(Path(scratch), secret_of(0), sources)
        for problem in usual_problems():
            whole = store.load(problem, "package")
            pool = for_exam(whole, store.key_for)
            labels = pool.labels(Split.HIDDEN)
            reference = read_submission(models.model(whole, "reference", 0), problem.id, "reference")
            predictions = grade(reference, pool, sandbox).predictions
            assert predictions is not None
            output = matching_output(predictions, len(labels.values), pool.outputs)
            each = problem.metric.per_example(output.read(predictions), labels.values)
            chosen = [
                variant_of(pool, "exam", f"learner {number}", SHARE, store.key_for)
                for number in range(LEARNERS)
            ]
            values = np.array([each[part].mean() for part in chosen])
            interval = confidence_interval(each, labels.groups, is_share=problem.metric.is_share)
            scores = sorted({earned_score(pool.bands, float(value)) for value in values})
            sizes = sorted({f"{len(part):,}" for part in chosen})
            print(
                f"| {problem.name} | {whole.counts.hidden:,} | {len(labels.values):,} | "
                f"{' to '.join(dict.fromkeys((sizes[0], sizes[-1])))} | "
                f"{each.mean():.4g} ({interval.low:.4g} to {interval.high:.4g}) | "
                f"{values.min():.4g}, {values.max():.4g} | {values.std():.3g} | "
                f"{', '.join(map(str, scores))} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
