"""A page asks for nothing, runs nothing, and takes nobody's words for markup."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tfprep import reports

from .site import HOSTILE, PAGES
from .visit import Visitor

pytestmark = pytest.mark.browser

INJECT = """expected => new Promise(settle => {
    const refused = [];
    const end = () => settle({ran: window.ran === true, refused: refused});
    document.addEventListener('securitypolicyviolation', event => {
        refused.push(event.effectiveDirective);
        if (expected.every(each => refused.includes(each))) end();
    });
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    const handler = document.createElement('p');
    handler.setAttribute('onclick', 'window.ran = true');
    document.body.append(handler);
    handler.click();
    const frame = document.createElement('iframe');
    frame.src = 'data:text/html,<p>';
    document.body.append(frame);
    const form = document.createElement('form');
    form.action = 'http://tfprep.invalid/';
    document.body.append(form);
    form.requestSubmit();
    fetch('http://tfprep.invalid/').catch(() => null);
    const image = document.createElement('img');
    image.src = 'http://tfprep.invalid/picture.png';
    document.body.append(image);
    setTimeout(end, 20000);
})"""
"""What a page with a hole would let a stranger do, and what the policy refused of it."""
TEMPLATES = Path(reports.__file__).parent / "templates"
REFUSED = ["script-src-elem", "script-src-attr", "frame-src", "form-action", "connect-src", "img-src"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_but_itself_and_says_nothing(
    name: str, write: Callable[[str], Path], chromium: Visitor
) -> None:
    path = write(name)
    with chromium.visit(path) as seen:
        assert seen.requests == [path.as_uri()]
        assert seen.messages == []


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_refuses_scripts_frames_forms_and_everything_remote(
    name: str, write: Callable[[str], Path], chromium: Visitor
) -> None:
    with chromium.visit(write(name)) as seen:
        outcome = seen.page.evaluate(INJECT, REFUSED)
        assert not outcome["ran"]
        assert set(REFUSED) <= set(outcome["refused"])
        assert seen.page.url == write(name).as_uri()


@pytest.mark.parametrize("name", HOSTILE)
def test_planted_markup_makes_no_element_and_runs_nowhere(
    name: str, write: Callable[[str], Path], chromium: Visitor
) -> None:
    with chromium.visit(write(name), bypass_csp=True) as seen:
        # The policy is put aside here: what is tested is that there is nothing for it to stop.
        own = (TEMPLATES / "cohort.js").read_text("utf-8").rstrip() if name == "strange cohort" else None
        scripts = [each.rstrip() for each in seen.page.locator("script").all_inner_texts()]
        assert scripts == [each for each in (own,) if each is not None]
        for planted in (
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "img",
            "[onerror]",
            "[onload]",
        ):
            assert seen.page.locator(planted).count() == 0, planted
        assert "alert(1)" in seen.page.inner_text("body")
        assert "49" not in seen.page.title()
        assert not [line for line in seen.messages if line.startswith("dialog")]
