"""Commentary files: YAML to a `Commentary`, the five that are shipped, a starter, and the JSON Schema for editors."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from leadline.core.errors import RequestError
from leadline.judgement.claims.document import fitted, read_document, text_of
from leadline.judgement.claims.model import Commentary

#: the shipped commentaries, oldest first
SHIPPED: Final = ("breakout-2023", "rise-2024", "out-of-sync-2025", "attention-2025", "canary-2026")
TODO: Final = "begin with `leadline check --template > commentary.yaml` and change its lines"
_FOLDER: Final = "leadline.judgement.claims"


def load(path: Path) -> Commentary:
    """The commentary of a YAML file.

    Raises RequestError where the file cannot be read, is not YAML (it says how to begin), or has a wrong, missing or
    unknown key: then with file, line and key.
    """
    return parse(text_of(path, "commentary", TODO), str(path))


def parse(text: str, where: str) -> Commentary:
    """The commentary of YAML text; `where` names it in errors. Raises as `load`."""
    return fitted(read_document(text, f"commentary {where}", TODO), Commentary, TODO)


@cache
def shipped() -> tuple[Commentary, ...]:
    """The commentaries that come with the package, oldest first.

    >>> [one.as_of.isoformat() for one in shipped()]
    ['2023-12-29', '2024-07-29', '2025-06-27', '2025-09-26', '2026-01-14']
    """
    return tuple(parse(source(name), f"{name}.yaml") for name in SHIPPED)


def source(name: str) -> str:
    """The text of a shipped commentary. Raises RequestError for another name.

    >>> source("rise-2024").splitlines()[0].startswith("#")
    True
    """
    if name not in SHIPPED:
        raise RequestError(f"commentary {name}", found="no such shipped file", expected=f"one of {', '.join(SHIPPED)}")
    return (files(_FOLDER) / "commentaries" / f"{name}.yaml").read_text(encoding="utf-8")


def template() -> str:
    """A starter file with one claim of each kind, as YAML with remarks. It is itself a valid commentary."""
    return (files(_FOLDER) / "template.yaml").read_text(encoding="utf-8")


def schema() -> dict[str, Any]:
    """The JSON Schema of commentary files, for editors that check YAML while it is written."""
    found = Commentary.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
