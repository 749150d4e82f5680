"""What a scan file says, as types: which stocks, which conditions, how hits are ranked, and the levels of a hit.

Formulas are of each member: bare fields such as close, volume, traded. Reading a file does no I/O beyond the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from leadline.core.errors import RequestError
from leadline.formula.names import Names, Rule
from leadline.judgement.playbook.lines import STRICT, AnyFormula, Condition, Horizon, Key, NumberFormula

RULED = "scanned"


class Ranks(BaseModel):
    """A universe by rank of market value in `dataset` (None: the newest set that has values), from `low` to `high`."""

    model_config = STRICT

    low: Annotated[int, Field(ge=1)]
    high: Annotated[int, Field(ge=1)]
    every: Literal["month", "quarter", "year"] = "month"
    dataset: str | None = None


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
    position: Annotated[float, Field(gt=0, strict=False)] = 100_000.0
    over: Annotated[tuple[Horizon, ...], Field(min_length=1, strict=False)] = ("21d", "63d", "126d")

    @model_validator(mode="after")
    def _one_universe(self) -> Self:
        if self.group is not None and self.ranks is not None:
            raise ValueError("group and ranks both stand here; a scan has one universe")
        return self

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
