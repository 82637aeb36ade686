"""A certificate prints as one sheet, with all five problems and some remarks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tfprep.exams.certificate import CertifiedProblem, read_certificate
from tfprep.problems import Problem, usual_problems
from tfprep.reports.exam.outcome import render_certificate

from ...attacks.exam.test_forged_certificates import GIVEN
from .visit import Visitor

pytestmark = pytest.mark.browser
WHY = "4 of 5: accuracy 0.951, and full marks need 0.972. The likely scores are 3 to 5."
REMARK = "Handed in 40 min late: written 2026-03-01 16:40:00 UTC, closed 2026-03-01 16:00:00 UTC."


def certified(problem: Problem) -> CertifiedProblem:
    return CertifiedProblem(
        problem=problem.id,
        name=problem.name,
        title=problem.title,
        weight=problem.weight,
        score=4,
        points=0.8 * problem.weight,
        possible=float(problem.weight),
        reason=WHY,
        artifact="a" * 64,
        hidden="b" * 64,
        examples=3_523,
        scoring="c" * 64,
        environment="",
        automatic=False,
    )


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_certificate_is_one_sheet(paper: str, tmp_path: Path, chromium: Visitor) -> None:
    problems = tuple(map(certified, usual_problems()))
    given = GIVEN.model_copy(update={"problems": problems, "remarks": (REMARK,) * 4})
    page = tmp_path / "certificate.html"
    page.write_text(render_certificate(*read_certificate(given.signed(b"k" * 32))), "utf-8")
    with chromium.visit(page) as seen:
        printed = seen.page.pdf(format=paper, prefer_css_page_size=False)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
