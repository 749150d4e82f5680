"""Pulling a feed into the ledger.

1. plan the parts, and look up which hashes were seen (`_seen`)
2. fetch a batch of parts (`Feed.fetch`); failures are recorded and named, and the others go on
3. judge each part and keep what is new (`merge.merge`), against the newest stored rows (`_stored`)
4. append and publish (`Writer`): from here on the batch counts, and is reported (`Progress`)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from leadline.core.calendar import TRUSTED_FROM, Sessions, load_sessions, usual_closes
from leadline.data.facts import FACTS, KEYS, empty
from leadline.data.feeds.contract import Answer, Failure, Feed, Part, Unchanged
from leadline.data.ledger.drift import LASTING
from leadline.data.ledger.merge import NAME_OF, Merged, merge
from leadline.data.ledger.schema import BOOKS, EARLY_MONTHS, stored
from leadline.data.ledger.store import Writer, writing

BATCH_PARTS = 16
BATCH_ROWS = 1_500_000


@dataclass(frozen=True)
class Progress:
    """One published batch: the parts in it with their status, how far the pull is, and the version they are in."""

    parts: tuple[tuple[str, str], ...]
    done: int
    total: int
    version: int


@dataclass(frozen=True)
class PullReport:
    """What a pull did: parts by status, appended facts, new quarantine rows and drift notices, and what is missing."""

    pull: str
    source: str
    version: int
    parts: Mapping[str, int]
    rows: int
    quarantined: int
    drifted: int
    failures: tuple[Failure, ...] = field(default=())


@dataclass(frozen=True)
class _Run:
    writer: Writer
    source: str
    pull: str
    now: datetime
    sessions: Sessions
    seen: dict[str, tuple[str, str, str]]


def pull(
    home: Path,
    feed: Feed,
    now: datetime,
    report: Callable[[Progress], None] = lambda _: None,
    batch_parts: int = BATCH_PARTS,
) -> PullReport:
    """Read every part of a feed into the ledger under `home`, batch by batch; what was reported stays.

    Raises RequestError when the feed is set up wrongly and DataError when another process is writing. A part that
    fails is in `failures`; the others are kept.
    """
    plan = feed.plan()
    statuses: list[str] = []
    failures: list[Failure] = []
    rows = aside = drifted = 0
    with writing(home) as writer:
        sessions = load_sessions((now + timedelta(days=1)).date())
        run = _Run(writer, feed.name, f"{now:%Y%m%dT%H%M%S.%f}-{feed.name}", now, sessions, _seen(writer, feed.name))
        done = 0
        for answers in _batches(feed, plan, run.seen, batch_parts):
            done += len(answers)
            added = _take(run, answers)
            rows, aside, drifted = rows + added[0], aside + added[1], drifted + added[2]
            told = tuple((part, status_of(answer)) for part, answer in answers.items())
            statuses.extend(status for _, status in told)
            failures.extend(answer for answer in answers.values() if isinstance(answer, Failure))
            report(Progress(told, done, len(plan), writer.publish(run.pull, now).version))
        writer.compact()
        version = writer.publish(run.pull, now).version
    return PullReport(run.pull, feed.name, version, dict(Counter(statuses)), rows, aside, drifted, tuple(failures))


def status_of(answer: Answer) -> str:
    """`read`, `unchanged`, or the status of a failure."""
    if isinstance(answer, Failure):
        return answer.status
    return "unchanged" if isinstance(answer, Unchanged) else "read"


def _batches(
    feed: Feed, plan: Sequence[str], seen: Mapping[str, tuple[str, str, str]], batch_parts: int
) -> Iterator[dict[str, Answer]]:
    """Answers in batches of so many parts, or of fewer when their rows would fill the memory."""
    batch: dict[str, Answer] = {}
    rows = 0
    for part in plan:
        answer = feed.fetch(part, _hash(seen.get(part)))
        batch[part] = answer
        rows += sum(len(frame) for frame in answer.facts.values()) if isinstance(answer, Part) else 0
        if len(batch) >= batch_parts or rows >= BATCH_ROWS:
            yield batch
            batch, rows = {}, 0
    if batch:
        yield batch


def _take(run: _Run, answers: Mapping[str, Answer]) -> tuple[int, int, int]:
    """Merge and append one batch; returns the numbers of facts, quarantine rows and drift notices added."""
    parts = [answer for answer in answers.values() if isinstance(answer, Part)]
    old = {table: _stored(run.writer, table, parts) for table in FACTS}
    merged: dict[str, Merged] = {}
    for name, answer in answers.items():
        if isinstance(answer, Part):
            merged[name] = merge(answer, old, run.sessions, run.now)
            for table, rows in merged[name].rows.items():
                old[table] = pl.concat([old[table], rows])
                if len(rows) and (table != "stocks" or merged[name].notices):
                    old[table] = _newest(table, old[table])
    for table in FACTS:
        frames = [part.rows[table] for part in merged.values() if table in part.rows]
        _append(run, table, pl.concat(frames).sort(KEYS[table]) if frames else None)
    _append(run, "parts", _part_rows(run, answers, merged))
    _append_new(run, "sessions", _session_rows(run, parts, merged.values()), ["calendar", "session"])
    _append_new(
        run, "series", _series_rows(parts), [name for name in BOOKS["series"] if name not in ("source", "pull")]
    )
    aside = [part.aside.with_columns(known_at=pl.lit(run.now)) for part in merged.values()]
    quarantined = _append_new(
        run, "quarantine", pl.concat(aside) if aside else None, ["series", "describes", "reason", "raw"]
    )
    return sum(part.count for part in merged.values()), quarantined, _tell_drift(run, merged.values())


def _tell_drift(run: _Run, merged: Iterable[Merged]) -> int:
    """Append the notices: of those that stay true from pull to pull only the new ones; returns how many."""
    notices = _frame("drift", [{**notice, "known_at": run.now} for part in merged for notice in part.notices])
    lasting = pl.col("said").is_in(LASTING)
    once = notices.filter(~lasting)
    _append(run, "drift", once)
    return len(once) + _append_new(run, "drift", notices.filter(lasting), ["series", "first", "last", "rows", "said"])


def _stored(writer: Writer, table: str, parts: Sequence[Part]) -> pl.DataFrame:
    """The newest stored row of every key that the parts could touch; splits of every series that has bars in them."""
    frames = [
        part.facts[key][NAME_OF[key]]
        for part in parts
        for key in {table, "bars" if table == "actions" else table}
        if key in part.facts
    ]
    columns = list(FACTS[table])
    if not frames or table not in writer.tables:
        return pl.DataFrame(schema=dict(FACTS[table]))
    names = pl.concat(frames).unique().to_list()
    rows = writer.current.scan(table).filter(pl.col(NAME_OF[table]).is_in(names)).select(columns)
    if table == "stocks":
        days = pl.concat([part.facts[table]["describes"] for part in parts if table in part.facts])
        rows = rows.filter(pl.col("describes").is_between(days.min(), days.max()))
    return _newest(table, rows.collect())


def _newest(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The newest row of every key; what two sorts of knowledge say of one instant is two observations."""
    key = [*KEYS[table], "known_by"] if table == "observations" else list(KEYS[table])
    return rows.sort("known_at", maintain_order=True).unique(key, keep="last", maintain_order=True)


def _part_rows(run: _Run, answers: Mapping[str, Answer], merged: Mapping[str, Merged]) -> pl.DataFrame:
    """A line in the book of parts for every answer that is not what it was at the last pull."""
    rows = []
    for name, answer in answers.items():
        if isinstance(answer, Unchanged):
            continue
        said = f"{answer.reason}; {answer.todo}".strip("; ") if isinstance(answer, Failure) else answer.said
        sha256 = answer.sha256 if isinstance(answer, Part) and not merged[name].pending else ""
        line = (status_of(answer), sha256, said)
        if run.seen.get(name) != line:
            count = merged[name].count if name in merged else 0
            rows.append(
                {"part": name, "status": line[0], "sha256": line[1], "said": said, "rows": count, "at": run.now}
            )
    return _frame("parts", rows)


def _series_rows(parts: Sequence[Part]) -> pl.DataFrame:
    infos = {info.name: info for part in parts for info in part.series}
    rows = [
        {
            "series": i.name,
            "title": i.title,
            "frequency": i.frequency,
            "unit": i.unit,
            "standing": i.standing,
            "note": i.note,
        }
        for i in infos.values()
    ]
    return _frame("series", rows)


def _session_rows(run: _Run, parts: Sequence[Part], merged: Iterable[Merged]) -> pl.DataFrame:
    """The exchange's sessions to the end of next year, and what the data show of the time before 1970."""
    monthly = {info.name for part in parts for info in part.series if info.frequency == "month"}
    bars = [part.rows["bars"].select("series", "describes") for part in merged if "bars" in part.rows]
    early = (
        pl.concat(bars).filter(pl.col("describes") < TRUSTED_FROM)
        if bars
        else empty("bars").select("series", "describes")
    )
    is_month = pl.col("series").is_in(monthly)
    shown = early.filter(~is_month)["describes"].unique()
    sessions = load_sessions(date(run.now.year + 1, 12, 31)).with_earlier(shown.to_numpy().astype("datetime64[D]"))
    labels = (
        early.filter(is_month).select(day=_last_weekday())["day"].unique().sort().to_numpy().astype("datetime64[D]")
    )
    frames = [(sessions.name, sessions.days, sessions.closes), (EARLY_MONTHS, labels, usual_closes(labels))]
    return pl.concat(
        pl.DataFrame({"session": days, "close": closes}).select(
            pl.lit(name).alias("calendar"),
            pl.col("session").cast(pl.Date),
            pl.col("close").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        )
        for name, days, closes in frames
    )


def _last_weekday() -> pl.Expr:
    """The last Monday to Friday on or before a month's label."""
    weekday = pl.col("describes").dt.weekday()
    return pl.col("describes") - pl.duration(days=pl.max_horizontal(weekday.cast(pl.Int64) - 5, 0))


def _append(run: _Run, table: str, rows: pl.DataFrame | None) -> None:
    if rows is not None:
        run.writer.append(table, rows.with_columns(source=pl.lit(run.source), pull=pl.lit(run.pull)))


def _append_new(run: _Run, table: str, rows: pl.DataFrame | None, key: list[str]) -> int:
    """Append the rows whose key a book does not have yet (of series: not as its newest word); returns how many."""
    if rows is None or not len(rows):
        return 0
    held = run.writer.current.scan(table).collect()
    if table == "series":
        held = held.sort("pull", maintain_order=True).unique("series", keep="last", maintain_order=True)
    fresh = rows.join(held, on=key, how="anti", nulls_equal=True).unique(key, keep="first", maintain_order=True)
    _append(run, table, fresh)
    return len(fresh)


def _seen(writer: Writer, source: str) -> dict[str, tuple[str, str, str]]:
    """Part -> (status, hash, words) at its last pull from this source."""
    rows = writer.current.scan("parts").filter(pl.col("source") == source).sort("at").collect()
    return {
        part: (status, sha, said) for part, status, sha, said in rows.select("part", "status", "sha256", "said").rows()
    }


def _hash(seen: tuple[str, str, str] | None) -> str | None:
    return seen[1] if seen is not None and seen[0] == "read" else None


def _frame(table: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    columns = {name: kind for name, kind in stored(table).items() if name not in ("source", "pull")}
    return pl.DataFrame(rows, schema=columns) if rows else pl.DataFrame(schema=columns)
