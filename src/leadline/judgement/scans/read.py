"""Scan files: YAML to a `Scan`, with errors that name the line and the key. Shipped scans lie beside this module."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from leadline.core.errors import RequestError
from leadline.formula.errors import nearest
from leadline.judgement.claims.document import fitted, read_document, text_of
from leadline.judgement.scans.model import Scan

SHIPPED: Final = ("sleepers",)
TODO: Final = "see the shipped scan `sleepers` for the keys"
_FOLDER: Final = "leadline.judgement.scans"


def load(path: Path) -> Scan:
    """The scan of a YAML file.

    Raises RequestError where the file cannot be read, is not YAML, or has a wrong, missing or unknown key.
    """
    return parse(text_of(path, "scan", TODO), str(path))


def parse(text: str, where: str) -> Scan:
    """The scan of YAML text; `where` names it in errors. Raises as `load`."""
    return fitted(read_document(text, f"scan {where}", TODO), Scan, TODO)


@cache
def shipped(name: str) -> Scan:
    """A scan that comes with the package. Raises RequestError with the nearest name.

    >>> shipped("sleepers").title
    'Sleepers'
    """
    return parse(source(name), f"{name}.yaml")


def source(name: str) -> str:
    """The text of a shipped scan, to begin one's own with. Raises RequestError for another name."""
    if name not in SHIPPED:
        expected = nearest(name, SHIPPED, f"one of {', '.join(SHIPPED)}, or a YAML file")
        raise RequestError(f"scan {name}", found="no such shipped scan", expected=expected)
    return (files(_FOLDER) / f"{name}.yaml").read_text(encoding="utf-8")


def find(name: str) -> Scan:
    """A scan by the name of a shipped one, or by the path of a file: what ends in .yaml or .yml, or has a slash."""
    path = Path(name)
    return load(path) if path.suffix in (".yaml", ".yml") or len(path.parts) > 1 else shipped(name)


def schema() -> dict[str, Any]:
    """The JSON Schema of scan files, for editors that check YAML while it is written."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scan.model_json_schema()}
