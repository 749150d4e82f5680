"""The only place that reads the wall clock. Everything else is told the instant or the cut."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC, to the microsecond.

    >>> now().tzinfo is UTC
    True
    """
    return datetime.now(UTC)
