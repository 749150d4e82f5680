"""What a playbook says, as types: who plays which role, what the strength board lists, which ratio is watched.

A playbook names series as formulas do: `IWM` is a series (its total return is used where there is one), `IWC.total`
insists on the total return. Evidence lines will stand beside `ratio` as one more optional key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

TOTAL = ".total"

SeriesText = Annotated[str, Field(pattern=r"^[A-Za-z_^][A-Za-z0-9_^=:-]*(\.total)?$")]
Label = Annotated[str, Field(min_length=1, max_length=40)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True)


class Series(BaseModel):
    """One series and how it is called in a sentence.

    >>> Series(series="IWC.total", label="Microcaps").name
    'IWC'
    """

    model_config = _STRICT

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

    model_config = _STRICT

    numerator: Key
    denominator: Key


class Playbook(BaseModel):
    """Roles, the strength board (sizes by role, sectors by series) and the ratio. Reading it does no I/O.

    Raises pydantic's ValidationError; `read.load` turns it into a RequestError with key and line.
    """

    model_config = _STRICT

    title: Annotated[str, Field(min_length=1, max_length=80)]
    roles: Annotated[Mapping[Key, Series], Field(min_length=1)]
    sizes: Annotated[tuple[Key, ...], Field(min_length=1, strict=False)]
    sectors: Annotated[tuple[Series, ...], Field(strict=False, validate_default=True)] = ()
    ratio: Ratio

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
