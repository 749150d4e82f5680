"""docs/90-commands.md is what the commands say of themselves."""

from __future__ import annotations

from pathlib import Path

from leadline.cli.reference import page


def test_the_page_of_commands_is_up_to_date() -> None:
    written = (Path(__file__).parents[2] / "docs" / "90-commands.md").read_text(encoding="utf-8")
    assert written == page(), "run `make docs`"
