"""What a scan file says, as types: which stocks, which conditions, how hits are ranked, and the levels of a hit.

Formulas are of each member: bare fields such as close, volume, traded. Reading a file does no I/O beyond the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from leadline.core.errors import RequestError
from leadline.formula.names import Names, Rule
from leadline.formula.needs import mentioned
from leadline.formula.tree import FIELDS
from leadline.inference.ask import horizon_rows
from leadline.judgement.playbook.lines import STRICT, AnyFormula, Condition, Horizon, Key, NumberFormula

RULED = "scanned"


class Ranks(BaseModel):
    """A universe by rank of market value in `dataset` (None: the newest set that has values), from `low` to `high`."""

    model_config = STRICT

    low: Annotated[int, Field(ge=1)]
    high: Annotated[int, Field(ge=1)]
    every: Literal["month", "quarter", "year"] = "month"
    dataset: str | None = None

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"ranks {self.low} to {self.high} are none; rank 1 is the greatest, so low comes first")
        return self


class Scan(BaseModel):
    """One scan. A stock is a hit on a session on which every filter is true.

    group: a group of stocks, or ranks: a universe by rank of market value; with neither, every stock of the newest set
    that has the fields. score ranks the hits, the greatest first. level and invalidation are prices as traded: the
    level that was crossed, and below which the idea is wrong. position: dollars, for the days that building it takes.
    over: the horizons of what followed. words: formulas by name, to be used in others. about: what a reader must know.

    Raises pydantic's ValidationError; `read.load` turns it into a RequestError with key and line.
    """

    model_config = STRICT

    title: Annotated[str, Field(min_length=1, max_length=80)]
    about: str = ""
    group: str | None = None
    ranks: Ranks | None = None
    words: Mapping[Key, AnyFormula] = Field(default_factory=dict)
    filters: Annotated[Mapping[Key, Condition], Field(min_length=1)]
    score: NumberFormula
    level: NumberFormula | None = None
    invalidation: NumberFormula | None = None
    position: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] = 100_000.0
    over: Annotated[tuple[Horizon, ...], Field(min_length=1, strict=False)] = ("21d", "63d", "126d")

    @model_validator(mode="after")
    def _one_universe(self) -> Self:
        if self.group is not None and self.ranks is not None:
            raise ValueError("group and ranks both stand here; a scan has one universe")
        return self

    @field_validator("over")
    @classmethod
    def _spans(cls, over: tuple[str, ...]) -> tuple[str, ...]:
        for text in over:
            try:
                horizon_rows(text, "session")
            except RequestError as error:
                raise ValueError(f"{text} is no span; expected {error.expected}") from error
        if len(set(over)) < len(over):
            raise ValueError(f"one span stands twice in {', '.join(over)}")
        return over

    @field_validator("words")
    @classmethod
    def _free_words(cls, words: Mapping[str, str]) -> Mapping[str, str]:
        taken = sorted(set(words) & set(FIELDS))
        if taken:
            raise ValueError(f"{taken[0]} is a field of every stock; a word needs another name")
        return words

    @property
    def series(self) -> tuple[str, ...]:
        """Every name in the formulas that may be a series or a role: what must be read beside the stocks."""
        words = Names(self.words)
        found = dict.fromkeys(name for text in self.formulas.values() for name in mentioned(text, words))
        return tuple(name for name in found if name not in self.words)

    @property
    def formulas(self) -> Mapping[str, str]:
        """Every formula by column name: filters as `filter: KEY`, score, level, invalidation."""
        levels = {"level": self.level, "invalidation": self.invalidation}
        filters = {f"filter: {key}": text for key, text in self.filters.items()}
        return {**filters, "score": self.score, **{key: text for key, text in levels.items() if text is not None}}

    def names(self, more: Names, newest: str | None) -> Names:
        """The names with the scan's words and universe. `newest`: the set that is meant where ranks name none.

        Raises RequestError for ranks where no set has market values.
        """
        rules = dict(more.rules)
        if self.ranks is not None:
            dataset = self.ranks.dataset or newest
            if dataset is None:
                raise RequestError(f"ranks of {self.title}", found="no set of stocks with market values")
            rules[RULED] = Rule(dataset, self.ranks.low, self.ranks.high, self.ranks.every)
        return Names({**more.roles, **self.words}, more.groups, rules)
