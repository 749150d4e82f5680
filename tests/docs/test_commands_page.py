"""Files that are made from the code: what the commands say of themselves, the schema of a brief."""

from __future__ import annotations

import json
from pathlib import Path

from leadline.cli.reference import page
from leadline.publish.brief import schema

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_commands_is_up_to_date() -> None:
    written = (DOCS / "90-commands.md").read_text(encoding="utf-8")
    assert written == page(), "run `make docs`"


def test_the_published_schema_is_up_to_date() -> None:
    assert json.loads((DOCS / "brief.schema.json").read_text(encoding="utf-8")) == schema(), "run `make docs`"
