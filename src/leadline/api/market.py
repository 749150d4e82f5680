"""The whole market: how many take part, who moved and why, which quiet names are about to move."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from leadline.api.desk import Desk, open_desk
from leadline.cluster import crowd_at
from leadline.formula.tree import Name
from leadline.inference.breadth import Breadth
from leadline.inference.breadth import breadth as breadth_of
from leadline.inference.movers import Inquiry, Movers
from leadline.inference.movers import movers as movers_of
from leadline.inference.tags import News
from leadline.judgement.scans.follow import Following, followed
from leadline.judgement.scans.model import Scan
from leadline.judgement.scans.run import ScanResult, run_scan


def breadth(
    group: str,
    *,
    home: Path | None = None,
    as_of: date | None = None,
    sessions: int | None = None,
    cluster: str | None = None,
) -> Breadth:
    """The breadth of a group at the cut; `sessions` looks at the last ones only. Raises as `inference.breadth`."""
    desk = _desk(group, home, as_of)
    crowd = crowd_at(cluster, desk.home, desk.panel)
    return breadth_of(desk.panel, group, desk.names, sessions=sessions, crowd=crowd)


def movers(group: str, asked: Inquiry | None = None, *, home: Path | None = None, as_of: date | None = None) -> Movers:
    """Who moved the group, and how much of it was common. Raises as `inference.movers`."""
    more = (asked.benchmark,) if asked is not None and asked.benchmark is not None else ()
    desk = _desk(group, home, as_of, more)
    return movers_of(desk.panel, group, asked, desk.names)


def scan(
    wanted: Scan,
    *,
    home: Path | None = None,
    as_of: date | None = None,
    follow: bool = False,
    news: Collection[News] = (),
) -> tuple[ScanResult, Following | None]:
    """Who hits a scan at the cut and, if asked, what followed its past hits. Raises as `judgement.scans.run_scan`.

    The scan's formulas may name series and roles beside the fields of the stocks. news: as `read_news` gives it.
    """
    desk = _desk(wanted.group, home, as_of, [str(Name(one)) for one in wanted.series])
    found = run_scan(desk.panel, wanted, desk.names, news=news)
    return found, followed(desk.panel, wanted, desk.names) if follow else None


def _desk(group: str | None, home: Path | None, as_of: date | None, more: Sequence[str] = ()) -> Desk:
    """The desk with the series of a group of series, and of `more` formulas; groups of stocks need none."""
    return open_desk([*([] if group is None else [f"members({Name(group)})"]), *more], home, as_of)
