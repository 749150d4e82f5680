"""What every rendering says of the card and of what followed: words for facts of the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from leadline.core.units import MISSING, percent
from leadline.inference.finding import horizon_words
from leadline.inference.outcomes import How
from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.evidence import Evidence
from leadline.judgement.walkforward.probability import Chance
from leadline.publish.brief.compare import Comparison, Flip
from leadline.publish.brief.followed import Followed, Rare
from leadline.publish.evidence.words import (
    ORDINARY,
    interval,
    moved,
    percentile,
    points,
    probability,
    quantity,
    share,
    shares,
    times,
)
from leadline.publish.look.words import ordinal

#: evidence lines on either side that are shown unfolded
SHOWN: Final = 7
#: how a reason ends that an input is not there at all, and how many such inputs are named in a sentence
NOTHING: Final = " has no value"
FEW: Final = 4
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
    unknown = ", ".join(f"{topic} ({'; '.join(_reasons(said))})" for topic, said in whys.items())
    return f"{DURABLE[found.leaning]}: {', '.join(counts)}{f'; unknown: {unknown}' if unknown else ''}."


def _lines(count: int) -> str:
    return "no line speaks" if not count else "1 line speaks" if count == 1 else f"{count} lines speak"


def _by_end(stale: Iterable[tuple[str, object]]) -> list[tuple[str, list[str]]]:
    """Series by the day on which they end, the earliest first."""
    ends: dict[str, list[str]] = {}
    for name, last in stale:
        ends.setdefault(str(last), []).append(name)
    return sorted(ends.items())


def _reasons(whys: list[str]) -> list[str]:
    """Why something is not known, each reason once; series that end on one day, or have no value, together."""
    parts = list(dict.fromkeys(part for why in whys for part in why.split("; ")))
    ended = [(name, last) for name, is_end, last in (part.partition(" ends ") for part in parts) if is_end]
    said = [f"{', '.join(names)} {'end' if names[1:] else 'ends'} {last}" for last, names in _by_end(ended)]
    gone = [part.removesuffix(NOTHING) for part in parts if part.endswith(NOTHING)]
    more = f" and {len(gone) - FEW} more" if len(gone) > FEW else ""
    said += [f"{', '.join(gone[:FEW])}{more} {'have' if gone[1:] else 'has'} no value"] if gone else []
    return said + [part for part in parts if " ends " not in part and not part.endswith(NOTHING)]


def coverage(card: Card) -> str:
    """How many inputs are there, and the others by name: those that end on one day together; assumed ones counted."""
    found = card.coverage
    stale = ", ".join(
        f"{', '.join(names)} ({'end' if names[1:] else 'ends'} {last})" for last, names in _by_end(found.stale)
    )
    parts = [f"{len(found.present)} of {len(found.present) + len(found.stale) + len(found.missing)} inputs present"]
    parts += [f"stale: {stale}"] if stale else []
    parts += [f"missing: {', '.join(found.missing)}"] if found.missing else []
    parts += [f"release dates assumed for {len(found.assumed)} of them"] if found.assumed else []
    return f"{'; '.join(parts)}."


def counted(present: Sized, stale: Sized, missing: Sized) -> str:
    """How many there are, and of how many; what is not there by its kind.

    >>> counted("abc", "", ""), counted("a", "bc", "d")
    ('3 of 3 present', '1 of 4 present, 2 stale, 1 missing')
    """
    every = len(present) + len(stale) + len(missing)
    others = [f", {len(those)} {kind}" for those, kind in ((stale, "stale"), (missing, "missing")) if those]
    return f"{len(present)} of {every} present{''.join(others)}"


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


def more(studies: tuple[Followed, ...]) -> str:
    """How many studies are folded, and why they are not the ones that matter now."""
    gone = sum(one.answer is None for one in studies)
    why = "not answered" if gone == len(studies) else "not true now"
    some = f" ({gone} not answered)" if 0 < gone < len(studies) else ""
    return f"{times(len(studies), 'more study')}, {why}{some}"


def rarity(rare: Rare | None) -> str:
    """How rare the thrust is, in two sentences; why that cannot be said."""
    if rare is None:
        return ""
    if rare.answer is None:
        return f"{rare.formula}: not measured ({rare.why})."
    answer, often = rare.answer, rare.answer.rarity.occurrences
    place = answer.rarity.standing
    value = quantity(place.value, answer.unit)
    if ORDINARY[0] < place.percentile < ORDINARY[1]:
        return (
            f"{rare.formula} is {value}, percentile {percentile(place.percentile)} of {place.n:,} values: nothing rare."
        )
    upper = answer.rarity.tail == "upper"
    rank, end = (place.rank, "highest") if upper else (place.rank_low, "lowest")
    nth = f"the {ordinal(rank)} {end}" if rank > 1 else f"the {end}"
    return (
        f"{rare.formula} is {value}, {nth} of {place.n:,} values. At least as far out: "
        f"{times(often.count, 'separate occurrence')} in {often.years:.0f} years, {often.per_century:.1f} a century "
        f"(95 %: {often.low:.1f} to {often.high:.1f}); {returns(rare)}."
    )


def returns(rare: Rare | None) -> str:
    """The return period of the thrust with its interval; why there is none, "" where nobody asked."""
    if rare is None:
        return ""
    if rare.answer is None:
        return f"not measured ({rare.why})"
    place, period = rare.answer.rarity.standing, rare.answer.rarity.return_period
    if ORDINARY[0] < place.percentile < ORDINARY[1]:
        return f"percentile {percentile(place.percentile)} of its past, nothing rare"
    if period.estimate is None:
        return "no return period, as too few values are so far out"
    between = "" if period.low is None else f" (95 %: {_years(period.low)} to {_years(period.high)})"
    return f"return period about {_years(period.estimate)} years{between} by the {period.method}"


def _years(years: float | None) -> str:
    return "no end" if years is None else f"{years:,.{0 if years >= 10 else 1}f}"


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


def turned(compared: Comparison) -> tuple[Flip, ...]:
    """The lines that read otherwise than then, without those that cannot be read any more."""
    return tuple(flip for flip in compared.flipped if flip.after != "missing")


def lost(compared: Comparison) -> tuple[str, str]:
    """How many lines were read then and have no data now, and which, by topic; "" twice where there are none."""
    topics = [flip.topic for flip in compared.flipped if flip.after == "missing"]
    counted = {topic: topics.count(topic) for topic in topics}
    said = ", ".join(f"{topic} ({count})" if count > 1 else topic for topic, count in counted.items())
    return (times(len(topics), "line"), said) if topics else ("", "")


def places(compared: Comparison) -> tuple[str, str]:
    """The places on the board that changed, the highest now first: among how many then, and what they are now."""
    if not compared.ranks:
        return ("", "")
    now = sorted((one for one in compared.ranks if one.after is not None), key=lambda one: one.after or 0)
    said = [f"{one.label} {one.after} ({MISSING if one.before is None else one.before})" for one in now]
    gone = [one.label for one in compared.ranks if one.after is None]
    none = [f"no place now: {', '.join(gone)}"] if gone else []
    among = f"of {compared.ranked_after}: {', '.join(said)}" if said else ""
    return f"in brackets, of {compared.ranked_before}", "; ".join([*([among] if among else []), *none])
