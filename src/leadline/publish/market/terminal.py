"""Breadth, movers and scans for a terminal, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from leadline.core.units import MISSING, Unit, number, percent
from leadline.inference.breadth import Breadth, Measure
from leadline.inference.movers import Mover, Movers, Standing
from leadline.judgement.scans.follow import Followed, Following
from leadline.judgement.scans.run import Hit, ScanResult
from leadline.publish.evidence.words import interval, percentile, quantity, times
from leadline.publish.look.terminal import WIDEST, bare_table, hanging, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

WORDS = {
    "above_50": "above their 50-day average",
    "above_200": "above their 200-day average",
    "new_highs": "at a 52-week high",
    "new_lows": "at a 52-week low",
    "highs_less_lows": "highs less lows, of all",
    "advancers": "rose today",
    "decliners": "fell today",
    "up_volume": "volume in those that rose",
    "zweig": "Zweig: 10-day advances",
    "zweig_thrust_last": "last Zweig thrust",
    "median_change_21d": "median change, 21 sessions",
    "dispersion_21d": "spread of 21-session changes",
    "top_ten_share": "the ten largest, of all value",
    "equal_less_weighted_21d": "equal less value-weighted, 21d",
}
STANDING_WORDS = {
    "own_share": "own part",
    "top_share": "top hundredth of names",
    "dispersion": "daily dispersion",
    "correlation": "average correlation",
}
SHOWN = 20


def breadth_text(found: Breadth, *, width: int = WIDEST, colour: bool = False) -> str:
    """The breadth of a group: each measure with its place in its own past, then what a reader must know."""
    from rich.text import Text

    members = "no member has a price" if found.members is None else times(found.members, "member")
    table = bare_table()
    for name, right in (("", False), ("value", True), ("percentile", True), ("since", False)):
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for one in found.measures:
        table.add_row(WORDS[one.key], _measured(one), _percentile(one.percentile), _since(one))
    parts: list[RenderableType] = [
        Text(f"Breadth of {found.group}", style="bold"),
        f"{members} · known at the close of {found.as_of} · by {found.price}",
        "",
        table,
        *_remarks(found.warnings),
    ]
    return rendered(parts, width=width, colour=colour)


def movers_text(found: Movers, *, width: int = WIDEST, colour: bool = False) -> str:
    """What moved: the parts of the movement and how usual they are, the ruling, then the stocks on either side."""
    from rich.text import Text

    span = f"on {found.last}" if found.first == found.last else f"{found.first} to {found.last}"
    sector = "" if found.parts.sector is None else f", sectors {_share(found.parts.sector)}"
    parts: list[RenderableType] = [
        Text(f"What moved in {found.group}, {span}: {percent(found.move)}", style="bold"),
        f"{times(found.members, 'member')} · weights: {found.weights} · known at the close of {found.as_of}",
        "",
        f"market {_share(found.parts.market)}{sector}, single stocks' own {_share(found.parts.own)} of the movement",
        _standings(found.standings),
        "",
        *hanging_rows("driven by single stories", f"{found.ruling}: {found.why}"),
        "",
        Text("Up", style="bold"),
        _movers(found.up),
        "",
        Text("Down", style="bold"),
        _movers(found.down),
        *_remarks(found.warnings),
    ]
    return rendered(parts, width=width, colour=colour)


def scan_text(found: ScanResult, past: Following | None = None, *, width: int = WIDEST, colour: bool = False) -> str:
    """The hits of a scan with levels and liquidity, how many pass each filter, and what followed past hits."""
    from rich.text import Text

    passing = " · ".join(f"{key} {count:,}" for key, count in found.passed.items())
    parts: list[RenderableType] = [
        Text(f"{found.scan}: {times(len(found.hits), 'hit')} of {found.looked_at:,} stocks", style="bold"),
        f"{found.group} · known at the close of {found.as_of}",
        *hanging_rows("passing each filter by itself", passing),
    ]
    if found.hits:
        parts += ["", _hits(found), *([f"and {len(found.hits) - SHOWN} more"] if len(found.hits) > SHOWN else [])]
    if past is not None:
        parts += ["", Text("What followed past hits", style="bold"), _since_when(past), _followed(past.findings)]
    said = dict.fromkeys([*found.warnings, *(() if past is None else past.warnings)])
    return rendered([*parts, *_remarks(tuple(said))], width=width, colour=colour)


def hanging_rows(head: str, words: str) -> list[RenderableType]:
    """A heading and its words as one hanging paragraph."""
    return [hanging(head, words, 14)]


def _remarks(warnings: Sequence[str]) -> list[RenderableType]:
    return ["", *(hanging("·", one, 1) for one in warnings)] if warnings else []


def _measured(one: Measure) -> str:
    if isinstance(one.value, date):
        return one.value.isoformat()
    if one.value is None:
        return MISSING
    signed = one.key in ("highs_less_lows", "median_change_21d", "equal_less_weighted_21d")
    if one.unit in (Unit.RETURN, Unit.SHARE):
        return percent(one.value, signed=signed)
    return f"{one.value:,.0f}" if one.unit is Unit.COUNT else quantity(one.value, one.unit)


def _percentile(value: float | None) -> str:
    return MISSING if value is None else percentile(value)


def _since(one: Measure) -> str:
    return "" if one.since is None or one.percentile is None else f"{one.since}"


def _share(value: float) -> str:
    return percent(value, 0, signed=False)


def _standings(standings: Sequence[Standing]) -> Table:
    table = bare_table()
    for name, right in (("", False), ("now", True), ("percentile", True), ("windows", True)):
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for one in standings:
        shown = number(one.value) if one.key == "correlation" else percent(one.value, signed=False)
        table.add_row(STANDING_WORDS[one.key], shown, _percentile(one.percentile), f"{one.n:,}")
    return table


def _movers(movers: Sequence[Mover]) -> Table:
    table = bare_table()
    for name, right in (("symbol", False), ("change", True), ("of variance", True), ("sector", False)):
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    table.add_column("what stands behind it", overflow="fold")
    for one in movers:
        row = [one.symbol, percent(one.change), percent(one.contribution, signed=False), (one.sector or MISSING)[:22]]
        table.add_row(*row, "; ".join(one.tags) or MISSING)
    return table


def _hits(found: ScanResult) -> Table:
    table = bare_table()
    for name in ("symbol", "score", "price", "level", "wrong below", "$ volume", "days"):
        table.add_column(name, justify="left" if name == "symbol" else "right", no_wrap=True)
    table.add_column("tags", overflow="fold")
    for one in found.hits[:SHOWN]:
        table.add_row(*_hit(one))
    return table


def _hit(one: Hit) -> list[str]:
    prices = [number(value) for value in (one.score, one.price, one.level, one.invalidation)]
    dollars = MISSING if one.median_dollar_volume is None else f"{one.median_dollar_volume:,.0f}"
    return [one.symbol, *prices, dollars, number(one.days_to_build, 1), "; ".join(one.tags) or MISSING]


def _since_when(past: Following) -> str:
    if past.since is None:
        return f"no hit up to {past.as_of}"
    return f"{times(past.stocks, 'stock')} since {past.since}; each against its group, every episode with equal weight"


def _followed(findings: Sequence[Followed]) -> Table:
    table = bare_table(gap=1)
    columns = (
        "over",
        "episodes",
        "ended",
        "hits\nmean",
        "group\nmedian",
        "less median\n95 % interval",
        "less mean\n95 % interval",
        "above\nmedian",
        "verdict",
    )
    for name in columns:
        table.add_column(name, justify="left" if name in ("over", "verdict") else "right", no_wrap=True)
    for one in findings:
        edges = [
            f"{percent(found.estimate)}\n{interval(found.low, found.high, 'ratio')}"
            for found in (one.excess, one.over_mean)
        ]
        table.add_row(
            one.horizon,
            f"{one.episodes:,}",
            f"{one.ended:,}",
            percent(one.mean),
            percent(one.group),
            *edges,
            percent(one.beat, 0, signed=False),
            one.verdict.replace("not distinguishable", "not\ndistinguishable").replace("few to", "few\nto"),
        )
    return table
