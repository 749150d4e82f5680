"""The JSON schema of a brief's document: what a program that reads brief.json can rely on. Keys may be added."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.rotation import Tail
from leadline.publish.brief.compare import Comparison
from leadline.publish.brief.measures import PERIODS, RATIO_SPANS

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
DAY: Final[Schema] = {"type": "string", "format": "date"}
WHOLE: Final[Schema] = {"type": "integer"}
TRUTH: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": ["number", "null"]}
COUNT: Final[Schema] = {"type": ["integer", "null"]}
_PLAIN: Final[Mapping[object, Schema]] = {
    str: TEXT,
    float: {"type": "number"},
    int: WHOLE,
    bool: TRUTH,
    date: DAY,
    type(None): {"type": "null"},
}
#: names under which a document carries a field
_NAMES: Final = {"in_favour": "for"}


def schema() -> Schema:
    """The schema (JSON Schema 2020-12). Missing numbers are null; decimals are not percent; days are ISO dates."""
    card = _of(Card)
    card["properties"]["version"] = TEXT  # the state of the data, not a number of the ledger
    found = {
        **dict.fromkeys(("title", "standing", "version", "data_hash", "banner", "headline"), TEXT),
        "as_of": DAY,
        "playbook": _object({"title": TEXT, "hash": TEXT}),
        "axis": {"enum": ["session", "month"]},
        "findings": {"type": "object", "additionalProperties": TEXT},
        "board": _list(_row()),
        "ranked": _by(PERIODS, WHOLE),
        "ratio": _ratio(),
        "coverage": _list(_coverage()),
        "notices": _list(TEXT),
        "card": card,
        "evidence": _by(("for", "against", "silent", "missing"), WHOLE),
        "followed": _list(_followed()),
        "leads": _list(_led()),
        "rarity": _or_null(_object({"formula": TEXT, "why": TEXT}, more=True)),
        "rotation": _list(_of(Tail)),
        "macro": _list(_macro()),
        "participation": _list(_object({"key": TEXT, "label": TEXT, "formula": TEXT, "value": NUMBER, "why": TEXT})),
        "compare": _or_null(_of(Comparison)),
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Leadline brief"}
    return {**head, **_object(found, more=True)}


def _row() -> Schema:
    texts = dict.fromkeys(("symbol", "label"), TEXT)
    kinds = {"kind": {"enum": ["size", "sector"]}, "basis": {"enum": ["close", "total"]}}
    numbers = {"strength": _by(PERIODS, NUMBER), "rank": _by(PERIODS, COUNT), "formula": _by(PERIODS, TEXT)}
    return _object({**texts, **kinds, **numbers})


def _ratio() -> Schema:
    record = _object({"value": NUMBER, "session": _or_null(DAY), "sessions_since": COUNT, "distance": NUMBER})
    formulas = {**dict.fromkeys(("value", "drawdown", "record", "distance"), TEXT), "change": _by(RATIO_SPANS, TEXT)}
    return _object(
        {
            **dict.fromkeys(("numerator", "denominator", "basis"), TEXT),
            "first": _or_null(DAY),
            **dict.fromkeys(("value", "drawdown"), NUMBER),
            "change": _by(RATIO_SPANS, NUMBER),
            "record": record,
            "formula": _object(formulas),
        }
    )


def _coverage() -> Schema:
    texts = dict.fromkeys(("name", "title", "source", "standing", "assumed", "note"), TEXT)
    truths = dict.fromkeys(("stale", "missing"), TRUTH)
    return _object({**texts, **truths, "fields": _list(TEXT), "first": _or_null(DAY), "last": _or_null(DAY)})


def _followed() -> Schema:
    return _object(
        {
            **dict.fromkeys(("key", "topic", "event", "then", "why"), TEXT),
            "over": _list(TEXT),
            "true_now": {"type": ["boolean", "null"]},
            "since": _or_null(DAY),
            "episodes": _list(DAY),
            "findings": _list(_finding()),
        }
    )


def _led() -> Schema:
    texts = dict.fromkeys(("key", "topic", "first", "second", "first_label", "second_label", "over", "why"), TEXT)
    return _object({**texts, "tries": WHOLE, "answer": _or_null(_object({"as_of": DAY, "rows": WHOLE}, more=True))})


def _finding() -> Schema:
    verdicts = ["supported", "not distinguishable", "contrary", "too few to say"]
    numbers = dict.fromkeys(("mean", "median", "hit_rate", "hit_rate_low", "hit_rate_high", "adjusted_p"), NUMBER)
    base = _object(dict.fromkeys(("mean", "median", "hit_rate"), NUMBER), more=True)
    apart = _object(dict.fromkeys(("mean", "low", "high", "p", "t_naive", "t_hac"), NUMBER), more=True)
    counts = dict.fromkeys(("episodes", "pending", "tries"), WHOLE)
    found = {"horizon": TEXT, "then": TEXT, "sentence": TEXT, "verdict": {"enum": verdicts}}
    return _object({**found, **numbers, **counts, "base": base, "difference": apart}, more=True)


def _macro() -> Schema:
    texts = dict.fromkeys(("key", "label", "formula", "why"), TEXT)
    return _object({**texts, **dict.fromkeys(("value", "year_ago", "change"), NUMBER)})


def _of(kind: Any) -> Schema:
    """The schema of a type: a dataclass with all its fields, a tuple as a list, None as null."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return _object({_NAMES.get(one.name, one.name): _of(hints[one.name]) for one in fields(kind)})
    if kind in _PLAIN:
        return {**_PLAIN[kind]}
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(inside)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(one) for one in inside]}
    if origin is tuple:
        return _list(_of(inside[0]) if inside[-1] is Ellipsis else {"anyOf": [_of(one) for one in inside]})
    return {}


def _object(properties: Mapping[str, Schema], *, more: bool = False) -> Schema:
    found = {"type": "object", "properties": dict(properties), "required": list(properties)}
    return found if more else {**found, "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _by(keys: tuple[str, ...], value: Schema) -> Schema:
    return _object(dict.fromkeys(keys, value))


def _or_null(kind: Schema) -> Schema:
    return {"anyOf": [kind, {"type": "null"}]}
