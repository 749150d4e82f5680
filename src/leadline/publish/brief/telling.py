"""What every rendering says of the card, the evidence and what followed: words for facts of the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from leadline.core.units import MISSING, percent
from leadline.inference.finding import horizon_words
from leadline.inference.leads import Way
from leadline.inference.outcomes import How
from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.evidence import Evidence
from leadline.judgement.walkforward.probability import Chance
from leadline.publish.brief.compare import Comparison
from leadline.publish.brief.followed import Followed, Rare
from leadline.publish.brief.led import Led
from leadline.publish.evidence.words import interval, moved, percentile, points, probability, quantity, share, shares
from leadline.publish.look.words import ordinal

#: between these percentiles a value is not rare
ORDINARY: Final = (0.1, 0.9)
#: evidence lines on either side that are shown unfolded
SHOWN: Final = 7
BELIEVED: Mapping[str, str] = MappingProxyType(
    {
        "skill": "by the model",
        "no better than the base rate": "base rate; the model is no better",
        "too few to say": "base rate; the model is too young to be judged",
        "not available": "base rate; the model cannot speak",
    }
)
DURABLE: Mapping[str, str] = MappingProxyType(
    {"lasting": "Rather lasting", "bounce": "Rather a bounce", "open": "Open"}
)


def regime(card: Card) -> str:
    """The regime as a heading; why there is none."""
    return f"{card.regime[:1].upper()}{card.regime[1:]}" + (f": {card.why}" if card.why else "")


def durability(card: Card) -> str:
    """Whether the change lasts: what it leans to, how many lines speak either way, and what is not known, by topic."""
    found = card.durability
    counts = [f"{_lines(len(found.lasting))} for a lasting change", f"{len(found.bounce) or 'none'} for a bounce"]
    whys: dict[str, list[str]] = {}
    for one in found.unknown:
        topic, _, why = one.partition(": ")
        whys.setdefault(topic, []).append(why.removeprefix("unknown, as "))
    unknown = ", ".join(f"{topic} ({'; '.join(dict.fromkeys(said))})" for topic, said in whys.items())
    return f"{DURABLE[found.leaning]}: {', '.join(counts)}{f'; unknown: {unknown}' if unknown else ''}."


def _lines(count: int) -> str:
    return "no line speaks" if not count else "1 line speaks" if count == 1 else f"{count} lines speak"


def coverage(card: Card) -> str:
    """How many inputs are there, and the others by name: those that end on one day together."""
    found = card.coverage
    ends: dict[object, list[str]] = {}
    for name, last in found.stale:
        ends.setdefault(last, []).append(name)
    stale = ", ".join(
        f"{', '.join(names)} ({'end' if names[1:] else 'ends'} {last})"
        for last, names in sorted(ends.items(), key=lambda one: str(one[0]))
    )
    parts = [f"{len(found.present)} of {len(found.present) + len(found.stale) + len(found.missing)} inputs present"]
    parts += [f"stale: {stale}"] if stale else []
    parts += [f"missing: {', '.join(found.missing)}"] if found.missing else []
    parts += [f"assumed release dates: {', '.join(found.assumed)}"] if found.assumed else []
    return f"{'; '.join(parts)}."


def rating(card: Card) -> tuple[tuple[str, str], ...]:
    """Action, timeframe and risk, each with its name."""
    return (("Action", card.action), ("Timeframe", card.timeframe), ("Risk", card.risk))


def chance(one: Chance) -> str:
    """A probability in short, and whose it is.

    With no skill shown it is the base rate, and that is said.
    """
    if one.said is None:
        return f"{MISSING} (too little has happened yet)"
    return f"{percent(one.said, 0, signed=False)} ({BELIEVED[one.verdict]})"


def chance_name(one: Chance, card_pair: tuple[str, str]) -> str:
    """What a probability is of."""
    above, below = card_pair
    return f"{above} beat {below.lower()} over {horizon_words(one.horizon)}"


def skill(one: Chance) -> str:
    """The Brier score and skill of the model beside climatology, with what they rest on."""
    score = one.score
    if score.brier is None or score.climatology is None:
        return "no prediction of the model is over yet"
    interval_ = "" if score.low is None else f" (95 % interval {percent(score.low)} to {percent(score.high)})"
    return (
        f"Brier score {score.brier:.3f}, climatology {score.climatology:.3f}, skill {percent(score.skill)}{interval_}, "
        f"{score.n:,} predictions, about {score.effective_n:.0f} separate"
    )


def standing(line: Evidence) -> str:
    """How a line's value stands in its own past; "" with too few values."""
    if line.percentile is None or line.n is None or line.since is None or line.rank is None:
        return ""
    return (
        f"percentile {percentile(line.percentile)} of its past, {ordinal(line.rank)} of {line.n:,} since {line.since}"
    )


@dataclass(frozen=True)
class Told:
    """One horizon of one study as text: every number that belongs to a finding."""

    horizon: str
    mean: str
    base: str
    difference: str
    between: str
    hit: str
    hit_between: str
    base_hit: str
    episodes: str
    tries: str
    adjusted: str
    verdict: str


def told(study: Followed) -> tuple[Told, ...]:
    """The rows of a study's table; none where it could not be answered."""
    if study.answer is None:
        return ()
    how: How = study.answer.how
    rows = []
    for one in study.answer.findings:
        apart, open_ = one.difference.mean, f" + {one.pending} open" if one.pending else ""
        rows.append(
            Told(
                horizon_words(one.horizon),
                moved(one.after.mean, how),
                moved(one.base.mean, how),
                points(apart.estimate, how),
                interval(apart.low, apart.high, how),
                share(one.hit.rate),
                shares(one.hit.low, one.hit.high),
                share(one.base.hit_rate),
                f"{one.episodes}{open_}",
                str(one.tries),
                probability(one.adjusted_p),
                one.verdict,
            )
        )
    return tuple(rows)


def asked(study: Followed) -> str:
    """What a study asked, and whether its event holds now."""
    answer = study.answer
    if answer is None:
        return f"{study.said} after {study.event}: not answered ({study.why})"
    now = {True: "true now", False: "not true now", None: "not known whether true now"}[answer.true_now]
    return f"{study.said} after {study.event} ({now}), since {answer.since}"


def rarity(rare: Rare | None) -> str:
    """How rare the thrust is, in a sentence; why that cannot be said."""
    if rare is None:
        return ""
    if rare.answer is None:
        return f"{rare.formula}: not measured ({rare.why})."
    answer, often, period = rare.answer, rare.answer.rarity.occurrences, rare.answer.rarity.return_period
    place = answer.rarity.standing
    if ORDINARY[0] < place.percentile < ORDINARY[1]:
        value, where = quantity(place.value, answer.unit), percentile(place.percentile)
        return f"{rare.formula} is {value}, percentile {where} of {place.n:,} values: nothing rare."
    upper = answer.rarity.tail == "upper"
    rank, end = (place.rank, "highest") if upper else (place.rank_low, "lowest")
    nth = f"the {ordinal(rank)} {end}" if rank > 1 else f"the {end}"
    between = "" if period.low is None else f" (95 %: {period.low:.1f} to {_open(period.high)})"
    wait = "no return period, as too few values are so far out"
    if period.estimate is not None:
        wait = f"return period about {period.estimate:.1f} years{between} by the {period.method}"
    return (
        f"{rare.formula} is {quantity(place.value, answer.unit)}, {nth} of {place.n:,}: {often.count} separate "
        f"occurrence{'' if often.count == 1 else 's'} at least as far out in {often.years:.0f} years, "
        f"{often.per_century:.1f} a century (95 %: {often.low:.1f} to {often.high:.1f}); {wait}."
    )


def led(one: Led) -> str:
    """Whether one number leads another, both ways round, with what it rests on; why that cannot be said."""
    asked_ = f"Lead or lag: {one.first_label}, then {one.second_label} over {horizon_words(one.over)}"
    if one.answer is None:
        return f"{asked_}: not measured ({one.why})."
    answer = one.answer
    rows = "month ends" if answer.axis == "month" else "sessions"
    return (
        f"{asked_}: {_way(answer.forward)}; the other way round: {_way(answer.backward)}. {answer.rows:,} {rows} since "
        f"{answer.since}, each value as known then; p adjusted for {one.tries} tries."
    )


def _way(way: Way) -> str:
    if way.verdict == "too few to say":
        return f"too few to say ({way.separate} separate spans)"
    found = way.prediction
    return (
        f"{way.verdict} (slope {found.slope:+.3g}, 95 % interval {found.low:+.3g} to {found.high:+.3g}, "
        f"{way.separate} separate spans, adjusted p {probability(way.adjusted_p)})"
    )


def _open(years: float | None) -> str:
    return "no end" if years is None else f"{years:.1f}"


def chance_shift(compared: Comparison) -> tuple[tuple[str, str, str], ...]:
    """Each horizon with what was said then and what is said now."""
    return tuple(
        (
            f"Probability over {horizon_words(one.horizon)}",
            percent(one.before, 0, signed=False),
            percent(one.after, 0, signed=False),
        )
        for one in compared.chances
    )
