"""A page opened in Chromium, with its requests and its messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

TIMEOUT = 120_000.0
"""Milliseconds: the machine may be busy, and how long a page takes says nothing here."""
WINDOW: Final = {"width": 1280, "height": 720}


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


class Visitor:
    """Opens pages in one browser, in the same window where they look the same: a new window takes long."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._windows: dict[str, Page] = {}

    @contextmanager
    def visit(self, path: Path, **look: Any) -> Iterator[Visit]:
        """Opens the file as a person would; `look` is the context's: viewport, color_scheme and the like."""
        page = self._windows.get(str(look)) or self._open(**look)
        # Whatever fails here, no later visit gets this window.
        self._windows.pop(str(look), None)
        made = Visit(page)
        heard = {
            "request": lambda request: made.requests.append(request.url),
            "console": lambda message: made.messages.append(f"{message.type}: {message.text}"),
            "weberror": lambda error: made.messages.append(str(error.error)),
            "dialog": lambda dialog: (made.messages.append(f"dialog: {dialog.message}"), dialog.dismiss()),
        }
        for event, hear in heard.items():
            page.context.on(event, hear)  # type: ignore[call-overload]
        page.goto(path.as_uri(), wait_until="load")
        yield made
        for event, hear in heard.items():
            page.context.remove_listener(event, hear)
        if page.is_closed():
            return
        page.goto("about:blank")
        page.set_viewport_size(look.get("viewport", WINDOW))
        page.emulate_media(media="null", color_scheme=look.get("color_scheme", "light"))
        self._windows[str(look)] = page

    def _open(self, **look: Any) -> Page:
        context = self._browser.new_context(**{"viewport": WINDOW, **look})
        context.set_default_timeout(TIMEOUT)
        return context.new_page()
