"""What a playbook says beyond roles: evidence lines, regimes, triggers, the rotation map. Strict types, no I/O.

Every formula is read when the file is read (its grammar and its arguments; whether its series exist is asked when it
meets a panel). A sentence takes its numbers from the places in curly brackets alone: digits are refused in it, but for
adjectives of span such as 50-day.
"""

from __future__ import annotations

import re
import string
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from leadline.core.errors import RequestError
from leadline.formula.arguments import sort_of
from leadline.formula.parse import parse

STRICT = ConfigDict(strict=True, extra="forbid", frozen=True)
PLACES = ("value", "amount", "percentile", "rank", "since", "date", "level")
#: how a value is written; without one, as its unit is
Form = Literal[
    "percent",
    "share",
    "points",
    "share_points",
    "number",
    "ratio",
    "price",
    "money",
    "count",
    "sigma",
    "sessions",
    "rate",
    "score",
]
_SPAN_ADJECTIVE = re.compile(r"\b[0-9]+-(session|day|week|month|year)\b")


def _formula(text: str, *sorts: str) -> str:
    try:
        tree = parse(text)
    except RequestError as error:
        raise ValueError(f"{str(error).splitlines()[0]} (in {text})") from error
    if sort_of(tree) not in {*sorts, "open"}:
        raise ValueError(f"{text} gives no {' or '.join(sorts)}")
    return text


def _number(text: str) -> str:
    return _formula(text, "number")


def _condition(text: str) -> str:
    return _formula(text, "truth")


def _either(text: str) -> str:
    return _formula(text, "number", "truth")


def _day(text: str) -> str:
    return _formula(text, "date")


def _plain(text: str) -> str:
    if re.search(r"[0-9]", _SPAN_ADJECTIVE.sub("", re.sub(r"\{[a-z]*\}", "", text))):
        raise ValueError(
            f"a number stands in the sentence {text!r}; numbers come from formulas, in places as {{value}}"
        )
    return text


def places_of(text: str) -> tuple[str, ...]:
    """The places in curly brackets of a sentence, in order. Raises ValueError where the brackets do not pair.

    >>> places_of("up {value} since {date}")
    ('value', 'date')
    """
    return tuple(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _sentence(text: str) -> str:
    strange = [name for name in places_of(text) if name not in PLACES]
    if strange:
        raise ValueError(f"unknown place {{{strange[0]}}}; a sentence has {', '.join(f'{{{one}}}' for one in PLACES)}")
    return _plain(text)


NumberFormula = Annotated[str, Field(max_length=1_000), AfterValidator(_number)]
Condition = Annotated[str, Field(max_length=1_000), AfterValidator(_condition)]
AnyFormula = Annotated[str, Field(max_length=1_000), AfterValidator(_either)]
DateFormula = Annotated[str, Field(max_length=1_000), AfterValidator(_day)]
Sentence = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_sentence)]
Said = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_plain)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Horizon = Annotated[str, Field(pattern=r"^[0-9]+(d|w|mo|y)$")]


class Says(BaseModel):
    """The sentence of each reading of an evidence line."""

    model_config = STRICT

    in_favour: Sentence = Field(alias="for")
    against: Sentence
    silent: Sentence

    def of(self, reading: Literal["for", "against", "silent"]) -> str:
        """The sentence of one reading."""
        return {"for": self.in_favour, "against": self.against, "silent": self.silent}[reading]


class Study(BaseModel):
    """What followed: an event, the series whose outcomes are asked, over which horizons."""

    model_config = STRICT

    event: Condition
    then: NumberFormula
    over: Annotated[tuple[Horizon, ...], Field(min_length=1, strict=False)]


class Lead(BaseModel):
    """Does one number lead another? Asked both ways round, as `leadline lead` does; told beside what followed.

    first, second: formulas; first_label, second_label: what they are, in a sentence; over: how far ahead; most: the
    longest lag of the correlations, in rows.
    """

    model_config = STRICT

    key: Key
    topic: Annotated[int, Field(ge=1, le=24)]
    first: NumberFormula
    second: NumberFormula
    first_label: Said
    second_label: Said
    over: Horizon
    most: Annotated[int, Field(ge=0, le=60)] = 6


class Line(BaseModel):
    """One line of evidence: a number, when it speaks for or against leadership, and how that is said.

    topic: the number of the statement it measures (`topics.TOPICS`). Neither condition true: silent. date, level: what
    stands at {date} and {level}, the latter written as level_form. durability: whether the line also answers "does it
    last, or is it a bounce?". headline: whether it may be the card's headline; false for what only colours the picture.
    rarity: the brief says how rare its value is, and fits a return period; of several such lines the first.
    """

    model_config = STRICT

    key: Key
    topic: Annotated[int, Field(ge=1, le=24)]
    value: NumberFormula
    form: Form | None = None
    in_favour: Condition = Field(alias="for")
    against: Condition
    says: Says
    date: DateFormula | None = None
    level: NumberFormula | None = None
    level_form: Form | None = None
    durability: bool = False
    headline: bool = True
    rarity: bool = False
    study: Study | None = None

    @model_validator(mode="after")
    def _places_are_filled(self) -> Self:
        for text in (self.says.in_favour, self.says.against, self.says.silent):
            for place in ("date", "level"):
                if place in places_of(text) and getattr(self, place) is None:
                    raise ValueError(f"{self.key}: a sentence has {{{place}}}, but the line has no {place} formula")
        return self

    @property
    def formulas(self) -> tuple[str, ...]:
        """All formulas of the line, each once."""
        more = tuple(one for one in (self.date, self.level) if one is not None)
        return tuple(dict.fromkeys((self.value, self.in_favour, self.against, *more)))


class Trigger(BaseModel):
    """Something to watch for: a value that goes above or below a level, or a condition that comes true."""

    model_config = STRICT

    key: Key
    event: Said
    value: NumberFormula | None = None
    level: NumberFormula | None = None
    when: Literal["above", "below"] | None = None
    condition: Condition | None = None
    form: Form | None = None

    @model_validator(mode="after")
    def _level_or_condition(self) -> Self:
        has_level = None not in (self.value, self.level, self.when)
        has_any = any(one is not None for one in (self.value, self.level, self.when))
        if has_any != has_level or has_level == (self.condition is not None):
            raise ValueError(f"{self.key}: a trigger has either value, level and when, or a condition")
        return self

    @property
    def formulas(self) -> tuple[str, ...]:
        """All formulas of the trigger."""
        return tuple(one for one in (self.value, self.level, self.condition) if one is not None)


class Regime(BaseModel):
    """A state of leadership in plain words, when it holds, what a disciplined person does, and what would change that.

    `when` is left out in the last regime alone: it holds where none before it does. leans: whose side its action takes,
    for the score of past cards.
    """

    model_config = STRICT

    name: Said
    when: Condition | None = None
    action: Said
    recommendation: Said
    timeframe: Said
    risk: Said
    leans: Literal["numerator", "denominator"] | None = None
    changes: Annotated[tuple[Trigger, ...], Field(strict=False)] = ()


class Rotation(BaseModel):
    """The rotation map: x and y of each member, in which `member` and `benchmark` stand for two series.

    of: groups whose members are drawn; benchmark: a role; points: how many weeks (or months) a tail has.
    """

    model_config = STRICT

    of: Annotated[tuple[Key, ...], Field(min_length=1, strict=False)]
    benchmark: Key
    x: NumberFormula
    y: NumberFormula
    points: Annotated[int, Field(ge=2, le=52)] = 10
