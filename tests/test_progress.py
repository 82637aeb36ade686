"""What a person sees while data is fetched: a bar on a terminal; in a pipe only the sentence before."""

from __future__ import annotations

import pytest

from tfprep.commands.context import show_progress


@pytest.mark.parametrize(("whole", "words"), [(50e6, "15.0/50.0 MB"), (0, "0:00:00")])
def test_a_terminal_gets_a_bar(
    whole: float, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with show_progress(whole, lambda: 15e6):
        pass
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.out == ""


def test_a_pipe_gets_no_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with show_progress(50e6, lambda: 15e6):
        pass
    assert capsys.readouterr() == ("", "")
