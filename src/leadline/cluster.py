"""Group functions over stocks on a Dask cluster: the same formulas and the same bytes, on many machines.

1. `Cluster.together` cuts the symbols into slices and the sessions into ranges, and tells the workers what to do: the
   calls, the names, the ledger's version and cut. Data never pass through here: workers read the ledger themselves.
2. `_members` evaluates one slice of symbols on a worker: counts and sums of whole numbers by session, which come back
   as they are and are added up, and the values that must meet, parted by range of sessions.
3. `_taken` has every member of one range of sessions, in the order of the local path, and takes them together. Where
   all that was asked is counts there is no such step, and nothing goes from worker to worker.
4. Where numbers that should have been added up turn out not to be whole, step 3 is done for them too.

Nothing is approximated: counts and those sums are whole numbers, and a median sees the same numbers in the same order
as it would on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from pickle import PickleBuffer
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.errors import DataError, RequestError
from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel
from leadline.formula.crowd import CrowdError, GroupWork, parting
from leadline.formula.frames import Frames
from leadline.formula.grouped import group_work
from leadline.formula.kept import once
from leadline.formula.names import Names, Rule
from leadline.formula.portions import Places, Rows, Split, Sums, added, between, met, portion, told
from leadline.formula.stocks import StockSet, evaluated, remarks_of, stock_rows, stock_scan, stock_sets, terms_of
from leadline.formula.tree import Call
from leadline.formula.workbench import Workbench
from leadline.inference.breadth import recent

#: the clients and futures of Dask, which has no types
Client = Any
Future = Any
#: a column on its way: name, Arrow type, length, bits of which values are there (None: all), the values
Sent = tuple[str, Any, int, bytes | None, PickleBuffer | bytes]

#: sessions by their places: the first, and the one after the last
Range = tuple[int, int]
#: which of the numbers that are added up are whole (`portions.Sums`)
Whole = NDArray[np.bool_]

CONNECT_SECONDS: Final = 5.0
#: a slice of symbols has about so many rows at most: that bounds the memory of a worker
SLICE_ROWS: Final = 1_500_000
SLICES_A_THREAD, RANGES_A_THREAD = 3, 2
#: how often a task that failed is tried again; a worker that died is no failure of its tasks
RETRIES: Final = 2


@dataclass(frozen=True)
class Cluster:
    """A Dask cluster as the place where members are evaluated (`formula.crowd.Crowd`).

    address: of the scheduler, such as tcp://10.0.0.1:8786; home: where the ledger is, as this machine and all workers
    see it; version, cut: of the panel that is evaluated. The panel is one that `read` gave, whole or `breadth.recent`.
    """

    address: str
    home: Path
    version: int
    cut: date

    def together(self, panel: Panel, names: Names, work: GroupWork) -> tuple[pl.DataFrame, list[str]]:
        """As in `Crowd`.

        Raises RequestError when Dask is not installed or the panel is not of this version and cut, CrowdError when the
        cluster does not answer, has no workers, loses too many of them or sees another ledger.
        """
        order = self._order(panel, names, work)
        with connected(self.address) as client:
            heads, taken = self._answers(client, panel, names, work, order)
        sums = added([one.sums for one in heads])
        found = told(panel.sessions, sums, taken, parting(panel, names, work).settled(sums.whole))
        return found, remarks_of(panel, names, work.wanted, pl.concat(one.marks for one in heads))

    def _order(self, panel: Panel, names: Names, work: GroupWork) -> _Order:
        if (panel.version, panel.cut) != (self.version, self.cut):
            found = f"a panel of version {panel.version} at {panel.cut}"
            expected = f"version {self.version} at {self.cut}, as the cluster was told"
            raise RequestError("the panel", found=found, expected=expected)
        groups = tuple((name, tuple(members)) for name, members in names.groups.items())
        words = tuple(names.roles.items()), groups, tuple(names.rules.items())
        series, sets = tuple(sorted(panel.series)), stock_sets(panel)
        source = _Source(str(self.home.resolve()), self.version, self.cut, len(panel.sessions), series, sets)
        return _Order(source, *words, work.calls)

    def _answers(
        self, client: Client, panel: Panel, names: Names, work: GroupWork, order: _Order
    ) -> tuple[list[_Head], list[pl.DataFrame]]:
        from distributed import KilledWorker

        seats = _seats(client, self.address)
        book, sessions = _rows(panel, names, work)
        slices = _slices(book, len(seats) * SLICES_A_THREAD, len(seats))
        parts = parting(panel, names, work)
        ranges = _ranges(sessions, len(seats) * RANGES_A_THREAD) if parts.meeting or parts.adding else ()
        tasks = _Tasks(client, order, tuple(seats))
        try:
            members = tasks.members(slices, ranges)
            meeting = tasks.taken(members, ranges) if parts.meeting else []
            heads: list[_Head] = client.gather(tasks.heads(members))
            whole = added([one.sums for one in heads]).whole
            late = tasks.taken(members, ranges, whole=whole) if parts.unsettled(whole).meeting else []
            taken = [pl.concat(client.gather(one)) for one in (meeting, late) if one]
        except KilledWorker as error:
            todo = "give them more memory, or start more of them"
            found = f"workers that died, one after the other, with a task ({error.task})"
            raise CrowdError(f"the cluster at {self.address}", found=found, todo=todo) from error
        except (OSError, RuntimeError, ImportError) as error:
            found = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no words'}"
            todo = "scheduler and workers need the same leadline, polars and dask as this machine"
            raise CrowdError(f"the cluster at {self.address}", found=found, todo=todo) from error
        return heads, taken


@dataclass(frozen=True)
class _Head:
    """What of a slice of symbols goes back: its sums by session, and the rows on which remarks rest."""

    sums: Sums
    marks: pl.DataFrame


@dataclass(frozen=True)
class _Part:
    """Rows on their way. Dask learns how large they are and so moves tasks to them; they are sent without a copy."""

    rows: Rows

    def __sizeof__(self) -> int:
        return int(self.rows.frame.estimated_size())

    def __reduce__(self) -> tuple[Callable[..., _Part], Any]:
        return _arrived, ([_sent(column) for column in self.rows.frame], self.rows.many)


def _sent(column: pl.Series) -> Sent:
    """A column of numbers, truths or dates as it lies in memory."""
    import pyarrow as pa

    array = column.rechunk().to_arrow()
    valid = None if not array.null_count else _bits(column.is_not_null())
    if pa.types.is_boolean(array.type):
        return column.name, array.type, len(array), valid, _bits(column.fill_null(value=False))
    width = array.type.bit_width // 8
    values = memoryview(array.buffers()[1].slice(array.offset * width, len(array) * width))
    return column.name, array.type, len(array), valid, PickleBuffer(values)


def _bits(truths: pl.Series) -> bytes:
    return np.packbits(truths.to_numpy(), bitorder="little").tobytes()


def _arrived(sent: Sequence[Sent], many: NDArray[np.int64]) -> _Part:
    """The rows that were sent, and how many each session has."""
    import pyarrow as pa

    columns = []
    for name, kind, length, valid, values in sent:
        buffers = [None if valid is None else pa.py_buffer(valid), pa.py_buffer(values)]
        columns.append(pl.Series(name, pa.Array.from_buffers(kind, length, buffers)))
    return _Part(Rows(many, pl.DataFrame(columns)))


def crowd_at(address: str | None, home: Path, panel: Panel) -> Cluster | None:
    """The cluster at an address for a panel of the ledger under `home`; None, which means here, without an address."""
    return None if address is None else Cluster(address, home, panel.version, panel.cut)


@dataclass(frozen=True)
class _Source:
    """Which panel a worker opens: the ledger and its version, the cut, how many sessions, which series and sets."""

    home: str
    version: int
    cut: date
    sessions: int
    series: tuple[str, ...]
    sets: tuple[StockSet, ...]


@dataclass(frozen=True)
class _Order:
    """What a worker is told: which panel, which names, which calls. It holds no prices."""

    source: _Source
    roles: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    rules: tuple[tuple[str, Rule], ...]
    calls: tuple[Call, ...]


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at an address, closed at the end.

    Raises RequestError when Dask is not installed, CrowdError when nothing answers within CONNECT_SECONDS.
    """
    try:
        import distributed
    except ImportError as error:
        todo = "pip install 'leadline[cluster]'"
        raise RequestError("a cluster", found="no Dask on this machine", todo=todo) from error
    dask: Any = distributed
    try:
        client = dask.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        expected = "the address that `dask scheduler` prints, such as tcp://10.0.0.1:8786"
        raise CrowdError(f"the cluster at {address}", found="no scheduler that answers", expected=expected) from error
    try:
        yield client
    finally:
        client.close()


def _seats(client: Client, address: str) -> list[str]:
    """The worker of every thread. Raises CrowdError when there are no workers."""
    workers = sorted(client.nthreads().items())
    seats = [str(worker) for worker, many in workers for _ in range(int(many))]
    if not seats:
        todo = f"start some: dask worker {address} --nthreads 1"
        raise CrowdError(f"the cluster at {address}", found="a scheduler without workers", todo=todo)
    return seats


def _rows(panel: Panel, names: Names, work: GroupWork) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """How many rows the stocks asked for have: a symbol (symbol, len; in alphabetical order), and each session.

    Looked up once a panel and group.
    """
    group = work.wanted.group
    key = "rows", work.wanted.stocks.name, group, names.rules.get(group)
    return once(panel, key, partial(_counted, panel, names, work))


def _counted(panel: Panel, names: Names, work: GroupWork) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    scan = stock_scan(panel, work.wanted, terms_of(panel, names, work.wanted))
    counted = [scan.group_by(name).len() for name in ("symbol", "session")]
    by_symbol, by_session = pl.collect_all(counted, engine="streaming")
    every = panel.sessions.alias("session").to_frame().join(by_session, on="session", how="left", maintain_order="left")
    return by_symbol.sort("symbol"), every["len"].fill_null(0).cast(pl.Int64).to_numpy()


def _slices(book: pl.DataFrame, least: int, threads: int) -> list[tuple[str, str]]:
    """The first and last symbol of slices with about as many rows each, as many for every thread. book: symbol, len."""
    rows = int(book["len"].sum())
    rounds = -(-max(least, -(-rows // SLICE_ROWS)) // threads)
    many = min(rounds * threads, max(len(book), 1))
    place = (book["len"].cum_sum() - 1) * many // max(rows, 1)
    parts = book.group_by(place, maintain_order=True).agg(first=pl.col("symbol").first(), last=pl.col("symbol").last())
    return [(str(first), str(last)) for first, last in parts.select("first", "last").iter_rows()] or [("", "")]


def _ranges(rows: NDArray[np.int64], many: int) -> tuple[Range, ...]:
    """Ranges of sessions with about as many rows each: the place of the first, and the one after the last."""
    if not len(rows):
        return ()
    ends = np.cumsum(rows)
    cuts = np.searchsorted(ends, [int(ends[-1]) * at // many for at in range(1, many)], side="right")
    return tuple(pairwise(sorted({0, *(int(cut) for cut in cuts), len(rows)})))


@dataclass(frozen=True)
class _Tasks:
    """The tasks of one question. One that is lost is done again from the ledger.

    seats: the worker of every thread. Slices and ranges are dealt out to them in turn, as all are about as long;
    another worker may take what one cannot.
    """

    client: Client
    order: _Order
    seats: tuple[str, ...]

    def members(self, slices: Sequence[tuple[str, str]], ranges: tuple[Range, ...]) -> list[Future]:
        """The slices of symbols, each with all it gives: `_members`."""
        told = [(_members, self.order, between, ranges) for between in slices]
        return [self._submit(*one, key=f"members-{at:04}", seat=at) for at, one in enumerate(told)]

    def heads(self, members: Sequence[Future]) -> list[Future]:
        """What goes back from each slice."""
        return [self._submit(itemgetter(-1), one, key=f"head-{at:04}") for at, one in enumerate(members)]

    def taken(
        self, members: Sequence[Future], ranges: tuple[Range, ...], *, whole: Whole | None = None
    ) -> list[Future]:
        """The ranges of sessions, each with its part of every slice. whole: as in `_taken`."""
        first, word = (0, "") if whole is None else (len(ranges), "late-")
        found = []
        for at, bounds in enumerate(ranges):
            part = itemgetter(first + at)
            parts = [self._submit(part, one, key=f"{word}part-{at:04}-{of:04}") for of, one in enumerate(members)]
            taken = _taken, self.order, bounds, parts, whole
            found.append(self._submit(*taken, key=f"{word}taken-{at:04}", seat=at))
        return found

    def _submit(self, work: Any, *given: Any, key: str, seat: int | None = None) -> Future:
        workers = None if seat is None else [self.seats[seat % len(self.seats)]]
        said = {"workers": workers, "allow_other_workers": seat is not None, "retries": RETRIES}
        return self.client.submit(work, *given, key=f"leadline-{key}-{self.client.id}", **said)


@lru_cache(maxsize=2)
def _read(source: _Source) -> Panel:
    """On a worker: the panel, opened once. Raises CrowdError when the worker does not see that ledger."""
    home = Path(source.home)
    try:
        panel = read(home, source.cut, series=source.series, version=source.version)
    except DataError as error:
        todo = f"the folder {home} must be the same files on every worker ({error})"
        raise CrowdError("the ledger on a worker", found="another one", todo=todo) from error
    if len(panel.sessions) > source.sessions:
        panel = recent(panel, source.sessions)
    once(panel, "sets", lambda: source.sets)
    return panel


@lru_cache(maxsize=8)
def _opened(order: _Order) -> tuple[Panel, Names, GroupWork, Split]:
    """On a worker: the panel that an order is about, the names, the work and its split. Kept: every task needs them."""
    panel = _read(order.source)
    names = Names(dict(order.roles), dict(order.groups), dict(order.rules))
    work = group_work(Workbench(panel, names, Frames(panel)), order.calls)
    return panel, names, work, parting(panel, names, work)


def _members(order: _Order, symbols: tuple[str, str], ranges: tuple[Range, ...]) -> list[_Part | _Head]:
    """On a worker: the members in a slice of symbols, parted by range of sessions; last, what goes back."""
    panel, names, work, parts = _opened(order)
    wanted = replace(work.wanted, between=symbols)
    terms = terms_of(panel, names, wanted)
    rows = stock_rows(panel, wanted, terms)
    found = portion(evaluated(panel, wanted, rows, terms), parts, Places.of(panel.sessions))
    now, late = (
        [_Part(between(replace(found.rows, frame=found.rows.frame.select(columns)), *bounds)) for bounds in ranges]
        for columns in (parts.columns, parts.late.columns)
    )
    return [*now, *late, _Head(found.sums, _marks(rows))]


def _marks(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows on which remarks rest: the last of each symbol, one of each session, all of the last session."""
    day = pl.col("session")
    marks = rows.filter(pl.col("last") | day.is_first_distinct() | (day == day.max()))
    return marks.select(pl.col("symbol").cast(pl.String), "session", "last")


def _taken(order: _Order, bounds: Range, parts: Sequence[_Part], whole: Whole | None) -> pl.DataFrame:
    """On a worker: all members of one range of sessions, taken together.

    whole: which numbers are, to take what rests on the others; without it what must meet in any case is taken.
    """
    panel, _, _, asked = _opened(order)
    return met(
        [one.rows for one in parts], asked if whole is None else asked.unsettled(whole), panel.sessions[slice(*bounds)]
    )
