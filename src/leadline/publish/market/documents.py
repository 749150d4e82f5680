"""Breadth, movers and scans as JSON documents: plain values only, keys that do not drift."""

from __future__ import annotations

from typing import Any

from leadline.inference.breadth import Breadth
from leadline.inference.movers import Movers
from leadline.judgement.scans.follow import Following
from leadline.judgement.scans.run import ScanResult
from leadline.publish.look.plain import plain

Document = dict[str, Any]


def breadth_document(found: Breadth) -> Document:
    """The `breadth` document: values by key (decimals, counts, dates; null where missing), and how each was made."""
    measures = {
        one.key: {
            "formula": one.formula,
            "unit": one.unit,
            "percentile": one.percentile,
            "n": one.n,
            "since": one.since,
        }
        for one in found.measures
    }
    return _document(
        {
            "group": found.group,
            "as_of": found.as_of,
            "members": found.members,
            "values": found.values,
            "price": found.price,
            "measures": measures,
            "warnings": found.warnings,
        }
    )


def movers_document(found: Movers) -> Document:
    """The `movers` document: parts of the movement, how usual they are, the stocks on either side, the ruling."""
    standings = {one.key: {"value": one.value, "percentile": one.percentile, "n": one.n} for one in found.standings}
    return _document({**plain(found), "standings": standings})


def scan_document(found: ScanResult, past: Following | None = None) -> Document:
    """The `scan` document: the hits, how many members pass each filter, and what followed past hits where asked."""
    return _document({**plain(found), "followed": None if past is None else plain(past)})


def _document(values: Document) -> Document:
    return {key: plain(value) for key, value in values.items()}
