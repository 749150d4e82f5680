"""A made-up market of 400 weekdays for claims: literal closes at the end, a quiet walk before them."""

from __future__ import annotations

from datetime import date

from leadline.data.panel.panel import Panel
from leadline.formula import Names
from leadline.judgement.claims import Commentary, parse

from ...formula.panels import Maker, weekdays  # noqa: TID252 - tests are no package

SESSIONS = weekdays(400, date(2023, 1, 2))
CLOSE = SESSIONS[-1]
NAMES = Names(roles={"small": "IWM", "large": "SPY"}, groups={"sectors": ("XLK", "XLF")})
#: the last seven closes of IWM: +2 %, +3 %, +1 %, +4 %, +2 %, -1 % in words of the tests below
ENDING = [100.0, 102.0, 105.0, 106.0, 110.0, 112.0, 111.0]


def quiet(count: int) -> list[float]:
    """A walk around 100 that goes nowhere: up a half, down a half, by a fixed pattern."""
    return [100.0 + ((at * 7) % 11 - 5) / 10 for at in range(count)]


def maker() -> Maker:
    """IWM with the literal ending, its index a little stronger, SPY flat, two sectors, a series that ended."""
    early = quiet(393)
    made = Maker(list(SESSIONS))
    made.price("IWM", close=[*early, *ENDING], total=[*early, *ENDING])
    made.price("^RUT", close=[*early, 100.0, 102.0, 105.0, 106.2, 110.0, 112.0, 115.0])
    made.price("SPY", close=[50.0] * 400, total=[50.0] * 400)
    for sector, last in (("XLK", 101.0), ("XLF", 120.0)):
        closes = [*early, *[100.0] * 6, last]
        made.price(sector, close=closes, total=closes)
    return made.price("OLD", close=[*early, *[None] * 7])


def panel() -> Panel:
    """The market at its last close."""
    return maker().panel()


def commentary(*claims: str, as_of: date = CLOSE, extra: str = "") -> Commentary:
    """A commentary of claims, each the YAML of one claim without `key` and `says`."""
    blocks = []
    for at, claim in enumerate(claims):
        lines = "\n".join(f"    {line}" for line in claim.strip().splitlines())
        blocks.append(f"  - key: c{at}\n    says: claim {at}\n{lines}")
    head = f"title: t\nauthor: a\npublished: {as_of}\nas_of: {as_of}\n{extra}claims:\n"
    return parse(head + "\n".join(blocks) + "\n", "mine.yaml")
