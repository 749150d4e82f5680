"""`leadline status`: what is in the ledger, how fresh, what was set apart, what drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.cli.options import AsJson, Home, home_of
from leadline.cli.output import print_json, say, table

if TYPE_CHECKING:
    from leadline.data.ledger.read import SeriesStatus, Status

_SHOWN = 8


def status(home: Home = None, as_json: AsJson = False) -> None:
    """What the ledger holds: `leadline status`, or `leadline status --json` for all of it."""
    from leadline.data.ledger.read import status as read_status

    found = read_status(home_of(home))
    if as_json:
        print_json(found)
        return
    say(_words(found))


def _words(found: Status) -> str:
    if not found.version:
        return f"The ledger in {found.home} is empty. Try `leadline brief --sample` or `leadline pull`."
    lines = [f"Ledger in {found.home}, version {found.version}, last session {found.last}"]
    groups: dict[tuple[str, str], list[SeriesStatus]] = {}
    for series in found.series:
        groups.setdefault((series.source, series.frequency), []).append(series)
    rows = [
        (
            source,
            frequency,
            str(len(members)),
            str(min(m.first for m in members)),
            str(max(m.last for m in members)),
            f"{sum(m.rows for m in members):,}",
            str(sum(m.stale for m in members)),
        )
        for (source, frequency), members in sorted(groups.items())
    ]
    header = ("source", "every", "series", "first", "last", "rows", "stale")
    lines += ["", *table([header, *rows], right=(False, False, True, False, False, True, True))]
    lines += _list("Stale series", [f"{s.name} (to {s.last})" for s in found.series if s.stale])
    left = [part for part in found.parts if part["status"] != "read"]
    lines += _list("Not read", [f"{part['part']}: {part['status']}, {part['said']}" for part in left])
    lines += _list(
        "Quarantine", [f"{q['series']} {q['describes']}: {q['reason']} ({q['raw']})" for q in found.quarantine]
    )
    lines += _list("Drift", [f"{d['series']} {d['first']} to {d['last']}: {d['said']}" for d in found.drift])
    return "\n".join(lines)


def _list(title: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = [f"  and {len(items) - _SHOWN} more (see --json)"] if len(items) > _SHOWN else []
    return ["", f"{title} ({len(items)})", *[f"  {item}" for item in items[:_SHOWN]], *more]
