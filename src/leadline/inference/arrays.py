"""What the statistics take: one-dimensional arrays on one axis, missing is NaN. Checked once, at the edge."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leadline.core.errors import RequestError

if TYPE_CHECKING:
    import polars as pl

    from leadline.core.calendar import Days

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Truths: TypeAlias = "Mask | Floats | pl.Series | Sequence[bool | None]"


def _is_series(values: object) -> TypeGuard[pl.Series]:
    """Whether these are a Polars series; there is none where Polars was not imported, as in a process for arrays."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(values, polars.Series)


def floats(values: ArrayLike | pl.Series, what: str, length: int | None = None) -> Floats:
    """Values as a float64 vector, null and infinity as NaN; a copy is made only where it is needed.

    Raises RequestError when they are not one-dimensional, or not of the stated length.

    >>> import polars as pl
    >>> floats(pl.Series([1, None, 3]), "prices").tolist()
    [1.0, nan, 3.0]
    """
    raw = values.cast(float).to_numpy() if _is_series(values) else values
    found = np.asarray(raw, dtype=np.float64)
    if found.ndim != 1 or (length is not None and len(found) != length):
        wanted = "one dimension" if length is None else f"{length:,} values, one a session"
        raise RequestError(what, found=f"shape {found.shape}", expected=wanted)
    return np.where(np.isinf(found), np.nan, found) if np.isinf(found).any() else found


def truths(event: Truths, length: int | None = None) -> Floats:
    """An event as 1 (true), 0 (false), NaN (not known). Null, None and NaN are not known.

    Raises RequestError for any other number, and for another length than stated.

    >>> truths([True, None, False]).tolist()
    [1.0, nan, 0.0]
    """
    if not _is_series(event) and not isinstance(event, np.ndarray):
        event = np.array([np.nan if one is None else float(one) for one in event])
    found = floats(event, "event", length)
    odd = found[~np.isnan(found) & (found != 0) & (found != 1)]
    if len(odd):
        raise RequestError("event", found=f"the value {odd[0]:g}", expected="true, false or missing in every session")
    return found


def days(sessions: ArrayLike | pl.Series) -> Days:
    """Session labels as datetime64[D], strictly ascending. Raises RequestError when they are not."""
    raw = sessions.to_numpy() if _is_series(sessions) else sessions
    found = np.asarray(raw).astype("datetime64[D]")
    if found.ndim != 1 or (len(found) > 1 and not bool(np.all(found[1:] > found[:-1]))):
        raise RequestError("sessions", found="labels out of order or twice", expected="ascending dates, each once")
    return found


def years_of(labels: Days) -> float:
    """The years from the first label to the last by the calendar (365.25 days), 0 with fewer than two.

    >>> years_of(np.array(["2000-01-01", "2020-01-01"], dtype="datetime64[D]"))
    20.0
    """
    return float((labels[-1] - labels[0]).astype(int)) / 365.25 if len(labels) > 1 else 0.0
