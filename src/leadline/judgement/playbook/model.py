"""What a playbook says, as types: who plays which role, what the strength board lists, which ratio is watched.

A playbook names series as formulas do: `IWM` is a series (its total return is used where there is one), `IWC.total`
insists on the total return. Evidence lines, regimes, triggers, features and the rotation map (`lines`) are optional.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from leadline.formula.names import Every
from leadline.judgement.playbook.lines import STRICT, AnyFormula, Key, Lead, Line, Regime, Rotation, Trigger

TOTAL = ".total"

SeriesText = Annotated[str, Field(pattern=r"^[A-Za-z_^][A-Za-z0-9_^=:-]*(\.total)?$")]
Label = Annotated[str, Field(min_length=1, max_length=40)]
GROUPS = ("sizes", "sectors")


class Series(BaseModel):
    """One series and how it is called in a sentence.

    >>> Series(series="IWC.total", label="Microcaps").name
    'IWC'
    """

    model_config = STRICT

    series: SeriesText
    label: Label

    @property
    def name(self) -> str:
        """The series' name in the ledger, without a field."""
        return self.series.removesuffix(TOTAL)

    @property
    def total_only(self) -> bool:
        """True where the playbook insists on the total return."""
        return self.series.endswith(TOTAL)


class Ratio(BaseModel):
    """Two roles, one over the other."""

    model_config = STRICT

    numerator: Key
    denominator: Key


class Ranks(BaseModel):
    """A group of stocks by rank of market value (1 is the greatest), formed anew on a schedule, as `formula.Rule`.

    dataset: a set of stocks; without it the newest set of the ledger that has market values.
    """

    model_config = STRICT

    low: Annotated[int, Field(ge=1)]
    high: int
    every: Every = "month"
    dataset: str = ""

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.high < self.low:
            raise ValueError(f"ranks {self.low} to {self.high} are no range; the low rank is the first")
        return self


class Playbook(BaseModel):
    """Roles, the strength board (sizes by role, sectors by series), the ratio, and what is judged by it.

    groups: further groups of series. stocks: groups of stocks by rank; those of an index (`sp500`) and whole sets of
    stocks need no entry. words: formulas by name, to be used in others. evidence, regimes (the first whose
    condition holds is the one), watch: what the card is made of. features: formulas of the probability model, by name.
    rotation: the rotation map. leads: whether one number leads another, told in the brief. Reading it does no I/O.

    Raises pydantic's ValidationError; `read.load` turns it into a RequestError with key and line.
    """

    model_config = STRICT

    title: Annotated[str, Field(min_length=1, max_length=80)]
    roles: Annotated[Mapping[Key, Series], Field(min_length=1)]
    sizes: Annotated[tuple[Key, ...], Field(min_length=1, strict=False)]
    sectors: Annotated[tuple[Series, ...], Field(strict=False, validate_default=True)] = ()
    ratio: Ratio
    groups: Mapping[Key, Annotated[tuple[SeriesText, ...], Field(min_length=1, strict=False)]] = Field(
        default_factory=dict
    )
    stocks: Mapping[Key, Ranks] = Field(default_factory=dict)
    words: Mapping[Key, AnyFormula] = Field(default_factory=dict)
    evidence: Annotated[tuple[Line, ...], Field(strict=False)] = ()
    regimes: Annotated[tuple[Regime, ...], Field(strict=False)] = ()
    watch: Annotated[tuple[Trigger, ...], Field(strict=False)] = ()
    features: Mapping[Key, AnyFormula] = Field(default_factory=dict)
    rotation: Rotation | None = None
    leads: Annotated[tuple[Lead, ...], Field(strict=False)] = ()

    @field_validator("sizes")
    @classmethod
    def _sizes_are_roles(cls, sizes: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        _known(sizes, info)
        _once(sizes)
        return sizes

    @field_validator("sectors")
    @classmethod
    def _board_names_each_once(cls, sectors: tuple[Series, ...], info: ValidationInfo) -> tuple[Series, ...]:
        roles = info.data.get("roles", {})
        sizes = [roles[role].name for role in info.data.get("sizes", ()) if role in roles]
        _once([*sizes, *(sector.name for sector in sectors)])
        return sectors

    @field_validator("ratio")
    @classmethod
    def _ratio_is_of_roles(cls, ratio: Ratio, info: ValidationInfo) -> Ratio:
        _known((ratio.numerator, ratio.denominator), info)
        _once((ratio.numerator, ratio.denominator))
        return ratio

    @field_validator("groups", "stocks", "words")
    @classmethod
    def _names_mean_one_thing(cls, named: Mapping[str, object], info: ValidationInfo) -> Mapping[str, object]:
        before = [word for key in ("roles", "groups", "stocks") for word in info.data.get(key, {})]
        _once([*GROUPS, *before, *named])
        return named

    @field_validator("evidence", "watch", "leads")
    @classmethod
    def _keys_stand_once(cls, lines: tuple[Line | Trigger | Lead, ...]) -> tuple[Line | Trigger | Lead, ...]:
        _once([line.key for line in lines])
        return lines

    @field_validator("regimes")
    @classmethod
    def _only_the_last_is_the_rest(cls, regimes: tuple[Regime, ...]) -> tuple[Regime, ...]:
        _once([regime.name for regime in regimes])
        if regimes and [regime.when is None for regime in regimes] != [False] * (len(regimes) - 1) + [True]:
            raise ValueError("the last regime, and it alone, has no `when`: it holds where no other does")
        return regimes

    @field_validator("rotation")
    @classmethod
    def _rotation_is_of_groups(cls, rotation: Rotation | None, info: ValidationInfo) -> Rotation | None:
        if rotation is not None:
            _known((rotation.benchmark,), info)
            strange = set(rotation.of) - {*GROUPS, *info.data.get("groups", {})}
            if strange:
                raise ValueError(f"unknown group {', '.join(sorted(strange))}")
        return rotation

    @property
    def formulas(self) -> tuple[str, ...]:
        """Every formula the card needs, each once, in the order of the file; the rotation map has its own."""
        found = [formula for line in self.evidence for formula in line.formulas]
        for regime in self.regimes:
            found += [] if regime.when is None else [regime.when]
            found += [formula for change in regime.changes for formula in change.formulas]
        found += [formula for trigger in self.watch for formula in trigger.formulas]
        found += [*self.features.values(), self.ratio_formula]
        return tuple(dict.fromkeys(found))

    @property
    def ratio_formula(self) -> str:
        """The watched ratio as a formula of roles."""
        return f"{self.ratio.numerator} / {self.ratio.denominator}"

    @property
    def board_sizes(self) -> tuple[Series, ...]:
        """The series of `sizes`, in its order."""
        return tuple(self.roles[role] for role in self.sizes)

    @property
    def numerator(self) -> Series:
        """The series above the line of the ratio."""
        return self.roles[self.ratio.numerator]

    @property
    def denominator(self) -> Series:
        """The series under the line of the ratio."""
        return self.roles[self.ratio.denominator]


def _known(names: Sequence[str], info: ValidationInfo) -> None:
    roles = info.data.get("roles", {})
    strange = [name for name in names if name not in roles]
    if roles and strange:
        raise ValueError(f"unknown role {', '.join(strange)}; roles has {', '.join(roles)}")


def _once(names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{', '.join(twice)} stands here more than once")
