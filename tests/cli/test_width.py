"""Text is as wide as the terminal, and never wider than 100 columns."""

from __future__ import annotations

import sys

import pytest

from leadline.cli.output import columns


@pytest.mark.parametrize(("wide", "expected"), [(80, 80), (100, 100), (120, 100)])
def test_text_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, wide: int, expected: int) -> None:
    monkeypatch.setenv("COLUMNS", str(wide))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert columns() == expected


def test_piped_text_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert columns() == 100
