"""What a commentary file says, as types: who wrote it when, the card, and the claims - each of one of five kinds.

A claim is measured by a formula, or by several `readings` of the same words (IWM or ^RUT, price or total return). What
each kind is ruled by stands in the module that rules it: `values`, `rarities`, `studies`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from leadline.formula.errors import FormulaError
from leadline.formula.parse import parse
from leadline.inference.finding import Direction
from leadline.judgement.claims.quantity import Figure, Quantity

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True)


def _a_formula(text: str) -> str:
    try:
        parse(text)
    except FormulaError as error:
        raise ValueError(str(error)) from error
    return text


Formula = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_a_formula)]
Span = Annotated[str, Field(pattern=r"^[0-9]+(d|w|mo|y)$")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Words = Annotated[str, Field(min_length=1, max_length=400)]
Label = Annotated[str, Field(min_length=1, max_length=60)]


class Measure(BaseModel):
    """One reading of a claim: the formula, and for a condition what to show beside it."""

    model_config = _STRICT

    formula: Formula
    shows: Formula | None = None


class Asked(BaseModel):
    """One reading of a study: the event, and what came after in which series."""

    model_config = _STRICT

    event: Formula
    then: Formula


class Legs(BaseModel):
    """The parts of a ratio whose moves must fit the ratio's: the key of a claim that states the move, or a formula."""

    model_config = _STRICT

    numerator: Words
    denominator: Words


class _Claim(BaseModel):
    """What all claims share: a key, and in a few words what was said."""

    model_config = _STRICT

    key: Key
    says: Words


class _Measured(_Claim):
    """A claim with a formula or several readings. `at`: the session it speaks of, when that is before the close."""

    formula: Formula | None = None
    shows: Formula | None = None
    readings: Annotated[Mapping[Label, Formula | Measure] | None, Field(min_length=2)] = None
    at: date | None = None

    @model_validator(mode="after")
    def _one_way(self) -> _Measured:
        if (self.formula is None) == (self.readings is None):
            raise ValueError("expected formula, or readings with two or more of them, and not both")
        if self.readings is not None and self.shows is not None:
            raise ValueError("expected shows inside each of the readings")
        return self

    def measures(self) -> Mapping[str, Measure]:
        """The readings by label; a single formula has the label ""."""
        if self.readings is None:
            return {"": Measure(formula=self.formula or "", shows=self.shows)}
        return {k: one if isinstance(one, Measure) else Measure(formula=one) for k, one in self.readings.items()}


class ValueClaim(_Measured):
    """A figure was stated. within: how near counts as confirmed (left out: half a unit of the last digit stated).

    off_within: how near counts as off, not refuted (left out: half of what was stated, never less than twice `within`).
    """

    kind: Literal["value"]
    states: Figure
    within: Figure | None = None
    off_within: Figure | None = None
    consistent_with: Legs | None = None


class ConditionClaim(_Measured):
    """Something should be true; or, with `holds: false`, should not be."""

    kind: Literal["condition"]
    holds: bool = True


class RarityClaim(_Measured):
    """A move was called rare: so many times a century (from, to), so many sigma, such a percentile."""

    kind: Literal["rarity"]
    per_century: Annotated[tuple[Figure, Figure] | None, Field(strict=False)] = None
    sigma: Figure | None = None
    percentile: Figure | None = None

    @model_validator(mode="after")
    def _something_stated(self) -> RarityClaim:
        if self.per_century is None and self.sigma is None and self.percentile is None:
            raise ValueError("expected one or more of per_century, sigma, percentile")
        return self

    @field_validator("per_century")
    @classmethod
    def _upwards(cls, often: tuple[Quantity, Quantity] | None) -> tuple[Quantity, Quantity] | None:
        if often is not None and not 0 < often[0].number <= often[1].number:
            raise ValueError("expected two numbers above 0, the smaller first, such as [1, 2]")
        return often

    @field_validator("percentile")
    @classmethod
    def _a_share(cls, percentile: Quantity | None) -> Quantity | None:
        if percentile is not None and not 0 < percentile.number < 1:
            raise ValueError("expected a percentile such as 99.3%")
        return percentile


class StudyClaim(_Claim):
    """Something is said to follow. `then` over each span of `over`, expected higher or lower than always."""

    kind: Literal["study"]
    event: Formula | None = None
    then: Formula | None = None
    readings: Annotated[Mapping[Label, Asked] | None, Field(min_length=2)] = None
    over: Annotated[tuple[Span, ...], Field(min_length=1, max_length=6, strict=False)]
    expects: Direction = "higher"

    @model_validator(mode="after")
    def _one_way(self) -> StudyClaim:
        single = self.event is not None and self.then is not None
        if single == (self.readings is not None) or (self.event is None) != (self.then is None):
            raise ValueError("expected event and then, or readings with two or more of them, and not both")
        return self

    def studies(self) -> Mapping[str, Asked]:
        """The readings by label; a single study has the label ""."""
        return self.readings or {"": Asked(event=self.event or "", then=self.then or "")}


class UntestableClaim(_Claim):
    """What no formula can rule on: why not, and which data would make it testable."""

    kind: Literal["untestable"]
    reason: Words
    needs: Words


Claim = Annotated[ValueClaim | ConditionClaim | RarityClaim | StudyClaim | UntestableClaim, Field(discriminator="kind")]
KINDS = ("value", "condition", "rarity", "study", "untestable")


class Card(BaseModel):
    """What the author would do, for scoring later. Empty where nothing was said."""

    model_config = _STRICT

    action: Words | None = None
    recommendation: Words | None = None
    timeframe: Words | None = None
    risk: Words | None = None
    watch: Annotated[tuple[Words, ...], Field(strict=False)] = ()


class Commentary(BaseModel):
    """A commentary and its claims. as_of: the last close the author could have seen. Reading it does no I/O.

    follow: formulas whose moves after the close `later` tells, such as small/large. Raises pydantic's ValidationError;
    `read.load` turns it into a RequestError with line and key.
    """

    model_config = _STRICT

    title: Annotated[str, Field(min_length=1, max_length=120)]
    author: Label
    published: date
    as_of: date
    card: Card | None = None
    follow: Annotated[tuple[Formula, ...], Field(strict=False)] = ()
    claims: Annotated[tuple[Claim, ...], Field(min_length=1, max_length=200, strict=False)]

    @model_validator(mode="after")
    def _fits_together(self) -> Commentary:
        if self.as_of > self.published:
            raise ValueError(f"as_of {self.as_of} is after the day of publication, {self.published}")
        twice = [key for key, count in Counter(claim.key for claim in self.claims).items() if count > 1]
        if twice:
            raise ValueError(f"two claims have the key {', '.join(twice)}")
        stated = {claim.key for claim in self.claims if isinstance(claim, ValueClaim)}
        for claim in self.claims:
            _legs_exist(claim, stated)
            day = getattr(claim, "at", None)
            if day is not None and day > self.as_of:
                raise ValueError(f"claim {claim.key} speaks of {day}, after the close of {self.as_of}")
        return self


def _legs_exist(claim: Claim, stated: set[str]) -> None:
    legs = claim.consistent_with if isinstance(claim, ValueClaim) else None
    if legs is None:
        return
    others = stated - {claim.key}
    if not {legs.numerator, legs.denominator} & others:
        raise ValueError(f"consistent_with of {claim.key} names no other claim of kind value")
    for leg in (legs.numerator, legs.denominator):
        if leg not in others:
            _a_formula(leg)


def formulas_of(commentary: Commentary) -> tuple[str, ...]:
    """Every formula of a commentary, each once, in the order of the file: what a caller must read a panel for."""
    keys = {claim.key for claim in commentary.claims}
    found = [text for claim in commentary.claims for text in _formulas(claim) if text not in keys]
    return tuple(dict.fromkeys([*found, *commentary.follow]))


def _formulas(claim: Claim) -> Iterator[str]:
    if isinstance(claim, StudyClaim):
        for asked in claim.studies().values():
            yield from (asked.event, asked.then)
    elif not isinstance(claim, UntestableClaim):
        for measure in claim.measures().values():
            yield from (text for text in (measure.formula, measure.shows) if text is not None)
    if isinstance(claim, ValueClaim) and claim.consistent_with is not None:
        yield from (claim.consistent_with.numerator, claim.consistent_with.denominator)
