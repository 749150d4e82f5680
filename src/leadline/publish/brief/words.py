"""The sentences of the brief, from its facts alone: which finding comes first, and how numbers are said.

Every number in a sentence is a figure of the record, rounded to one decimal of a percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from leadline.core.units import MISSING, percent
from leadline.data.panel.panel import Axis
from leadline.judgement.playbook.card import Card
from leadline.publish.brief import measures, sides
from leadline.publish.brief.record import Brief, Figure, RatioFacts, Row
from leadline.publish.look.words import low, ordinal

PERIOD_WORDS = {"1mo": "one month", "3mo": "three months", "6mo": "six months", "12mo": "twelve months"}
SPAN_WORDS = {
    "21d": "21 sessions",
    "63d": "63 sessions",
    "252d": "252 sessions",
    "1mo": "one month",
    "3mo": "three months",
    "12mo": "twelve months",
}
STANDING_WORDS = {
    "live": "Live data",
    "files": "Data from files",
    "sample": "SAMPLE: research data, not today's market",
    "simulated": "SIMULATED: an invented market, no real prices",
    "nothing": "No data",
}
BASIS_WORDS = {"close": "price", "total": "total return"}
#: how judgement, findings and maps are made
METHOD = (
    "Evidence lines, regimes and triggers are formulas of the playbook.",
    "A line that rests on a missing or stale input says so and has no number.",
    "Lines are sorted by how far out their value stands in its own past as known then.",
    "The probability is walked forward: the model is never fitted on what it predicts.",
    "Where the model's Brier skill is not above zero for sure, the base rate is said in its place.",
    "What followed is counted in separate episodes, beside what always followed; verdicts allow for the tries.",
    "Macro series are as they were known on each day; what was revised later is not in them.",
    "Points of the rotation map are functions of what was known at their session; they never move.",
)


def banner(standing: str, cut: date, state: str | int) -> str:
    """What the numbers stand on, in one line. state: the hash of the data, or the version of the ledger.

    >>> banner("sample", date(2017, 3, 31), "0a1b2c3d")
    "SAMPLE: research data, not today's market · known at the close of 2017-03-31 · data 0a1b2c3d"
    """
    data = f"data {state}" if isinstance(state, str) else f"ledger version {state}"
    return f"{STANDING_WORDS.get(standing, standing)} · known at the close of {cut} · {data}"


def headline(card: Card, lead: str) -> str:
    """The finding that surprises most among the card's evidence; who leads where no evidence speaks."""
    return sides.headline(card) if card.in_favour or card.against else lead


def lead(board: tuple[Row, ...], ranked: Mapping[str, int], ratio: RatioFacts, axis: Axis) -> str:
    """The finding in one or two short sentences: where small stands on the board, and where the ratio stands."""
    place = _place(board, ranked, ratio)
    move = _move(ratio, "3mo" if axis == "month" else "63d")
    if place and move:
        return f"{place}; {move}."
    if place or move:
        return f"{place or move}."
    leader = _leader(board, ranked)
    if leader:
        return f"{leader}; {ratio.name} cannot be measured at this cut."
    return "The data cannot say who leads: no series of the playbook reaches the cut."


def ratio_finding(ratio: RatioFacts) -> str:
    """The title of the ratio's chart."""
    stand = _stand(ratio)
    if not stand:
        return f"{ratio.name} cannot be measured at this cut"
    return f"{ratio.numerator_label} against {low(ratio.denominator_label)} {stand}"


def board_finding(board: tuple[Row, ...], ranked: Mapping[str, int], ratio: RatioFacts) -> str:
    """The title of the strength board's chart: who leads over three months, and the place of small."""
    leader = _leader(board, ranked)
    if not leader:
        return "No strength over three months can be measured at this cut"
    small = _row(board, ratio.numerator)
    place = small.rank["3mo"] if small else None
    if small is None or place is None or place == 1:
        return leader
    return f"{leader}; {low(small.label)} are {ordinal(place)} of {ranked['3mo']}"


def method(brief: Brief) -> tuple[str, ...]:
    """How the numbers are made, sentence by sentence."""
    ratio = brief.ratio
    lengths = "1, 3, 6 and 12 months that are over" if brief.axis == "month" else "21, 63, 126 and 252 sessions"
    pair = f"{low(ratio.numerator_label)} over {low(ratio.denominator_label)}"
    since = f", since {ratio.first}" if ratio.first else ""
    said = [
        f"Strength is the change over {lengths}, by total return (with dividends) where there is one, else by price.",
        "Ranks are among all rows that have a value over that length; 1 is the strongest.",
        f"{ratio.name} is {pair} by {BASIS_WORDS[ratio.basis]}, where both have a value{since}.",
        "Drawdown is the distance below its own highest value so far.",
        "A series that is missing, or ends before the cut, is named and has no numbers. Nothing is filled in.",
        *METHOD,
        "Charts of long series are thinned for the page; the numbers are not.",
    ]
    if ratio.basis == "total":
        said.insert(3, "The level of a ratio of total returns means nothing by itself; its changes do.")
    return tuple(said)


def ratio_title(ratio: RatioFacts) -> str:
    """The heading over the ratio's numbers."""
    pair = f"{ratio.numerator_label} against {low(ratio.denominator_label)}"
    return f"{pair}: {ratio.name} by {BASIS_WORDS[ratio.basis]}"


def ratio_rows(brief: Brief) -> tuple[tuple[str, Figure], ...]:
    """The ratio's changes that its axis can have, each with its name."""
    spans = measures.ratio_spans(brief.axis)
    return tuple((f"Change over {SPAN_WORDS[span.key]}", brief.ratio.change[span.key]) for span in spans)


def record_age(ratio: RatioFacts) -> str:
    """When the record was made, how long ago, and how far away it is; `-` where it is not known."""
    return f"{ratio.record.session}, {record_since(ratio)}" if ratio.record.session else MISSING


def record_since(ratio: RatioFacts) -> str:
    """How long ago the record was made and how far away it is."""
    record = ratio.record
    if record.sessions_since is None:
        return "not measured"
    if record.sessions_since == 0:
        return "the last value"
    return f"{record.sessions_since:,} sessions ago; {percent(record.distance.value)} away"


def _place(board: tuple[Row, ...], ranked: Mapping[str, int], ratio: RatioFacts) -> str:
    small = _row(board, ratio.numerator)
    place = small.rank["3mo"] if small else None
    if small is None or place is None:
        return ""
    gain = percent(small.strength["3mo"].value)
    rest = "and lead the board of" if place == 1 else f"and are {ordinal(place)} of"
    without = len(board) - ranked["3mo"]
    gone = f" ({without} {'has' if without == 1 else 'have'} no number)" if without else ""
    return f"{small.label} made {gain} in three months {rest} {ranked['3mo']}{gone}"


def _move(ratio: RatioFacts, span: str) -> str:
    stand, moved = _stand(ratio), ratio.change[span].value
    if not stand:
        return ""
    against = f"against {low(ratio.denominator_label)} they"
    return f"{against} {stand}" if moved is None else f"{against} moved {percent(moved)} and {stand}"


def _stand(ratio: RatioFacts) -> str:
    """Where the ratio is against its record; "" where it cannot be measured."""
    if ratio.drawdown.value is None:
        return ""
    if ratio.record.sessions_since == 0:
        return "stand at a record"
    return f"stand {percent(-ratio.drawdown.value, signed=False)} below their record of {ratio.record.session}"


def _leader(board: tuple[Row, ...], ranked: Mapping[str, int]) -> str:
    first = next((row for row in board if row.rank["3mo"] == 1), None)
    if first is None or not ranked["3mo"]:
        return ""
    change = first.strength["3mo"].value
    verb = "lost the least" if change is not None and change < 0 else "made the most"
    return f"{first.label} ({first.symbol}) {verb} in three months, {percent(change)}"


def _row(board: tuple[Row, ...], symbol: str) -> Row | None:
    return next((row for row in board if row.symbol == symbol), None)
