"""Every feed, by name: what it brings, and how it is made for one pull. A new feed is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leadline.core.calendar import NEW_YORK
from leadline.core.errors import RequestError
from leadline.data.feeds.contract import Feed
from leadline.data.feeds.folder import Folder
from leadline.data.feeds.fred import Fred
from leadline.data.feeds.holdings import FUNDS, Holdings
from leadline.data.feeds.kenfrench import KenFrench
from leadline.data.feeds.sample import Sample
from leadline.data.feeds.simulated import Simulated
from leadline.data.feeds.yahoo import Yahoo


@dataclass(frozen=True)
class Order:
    """What a user asks of a feed. `only` limits it to some parts (symbols, series ids, datasets, funds)."""

    now: datetime
    path: Path | None = None
    only: tuple[str, ...] = ()
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Entry:
    """One feed of the catalogue. live: it needs the network."""

    name: str
    brings: str
    make: Callable[[Order], Feed]
    live: bool = False


def _folder(order: Order) -> Feed:
    if order.path is None:
        raise RequestError("pull folder", found="no path", expected="leadline pull folder PATH")
    return Folder(order.path)


def _yahoo(order: Order) -> Feed:
    today = order.now.astimezone(NEW_YORK).date()
    return Yahoo(today, order.now, order.only) if order.only else Yahoo(today, order.now)


def _fred(order: Order) -> Feed:
    ids = tuple(name.removeprefix("FRED:") for name in order.only)
    today = order.now.date()
    return Fred(today, order.api_key, ids) if ids else Fred(today, order.api_key)


def _kenfrench(order: Order) -> Feed:
    return KenFrench(order.only) if order.only else KenFrench()


def _holdings(order: Order) -> Feed:
    known = {fund.ticker: fund for fund in FUNDS}
    unknown = [name for name in order.only if name not in known]
    if unknown:
        raise RequestError("funds", found=", ".join(unknown), expected=f"any of {', '.join(known)}")
    return Holdings(tuple(known[name] for name in order.only)) if order.only else Holdings()


FEEDS: tuple[Entry, ...] = (
    Entry("sample", "real monthly US portfolios since 1949, from installed packages", lambda _: Sample()),
    Entry("simulated", "a seeded daily market with planted events", lambda _: Simulated()),
    Entry("folder", "your own files, laid out as in the documentation", _folder),
    Entry("yahoo", "daily prices, volume, splits and dividends", _yahoo, live=True),
    Entry("fred", "macro series; with a key every vintage", _fred, live=True),
    Entry("kenfrench", "size and industry portfolios since 1926", _kenfrench, live=True),
    Entry("holdings", "who is in the index funds", _holdings, live=True),
)
BY_NAME: Mapping[str, Entry] = {entry.name: entry for entry in FEEDS}
