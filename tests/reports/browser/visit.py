"""A page opened in Chromium, with its requests and its messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

PATIENCE = 120_000.0
"""Milliseconds: the machine may be busy, and how long a page takes says nothing here."""


@dataclass
class Visit:
    """An open page, and everything it did since it was opened."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """Lines of the console, errors and dialogs."""

    def ask(self, script: str) -> Any:
        """What an expression gives inside the page."""
        return self.page.evaluate(script)


@contextmanager
def visit(browser: Browser, path: Path, **look: Any) -> Iterator[Visit]:
    """Opens the file as a person would; `look` is the context's: viewport, color_scheme and the like."""
    context = browser.new_context(**look)
    context.set_default_timeout(PATIENCE)
    made = Visit(context.new_page())
    context.on("request", lambda request: made.requests.append(request.url))
    context.on("console", lambda message: made.messages.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: made.messages.append(str(error.error)))
    context.on("dialog", lambda dialog: (made.messages.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    made.page.goto(path.as_uri(), wait_until="load")
    try:
        yield made
    finally:
        context.close()
