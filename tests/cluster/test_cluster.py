"""Group functions on a real cluster, a scheduler and two workers as processes: the same bytes as on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from distributed.protocol import deserialize, serialize

import leadline
from leadline import cluster as wiring
from leadline.cluster import Cluster
from leadline.core.clock import now
from leadline.core.errors import DataError, RequestError
from leadline.data.feeds.simulated import Simulated
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel
from leadline.formula import Names, Rule, Values, evaluate, evaluate_many
from leadline.formula.bind import Binder
from leadline.formula.frames import Frames
from leadline.formula.grouped import group_work
from leadline.formula.parse import as_tree
from leadline.formula.portions import Rows
from leadline.formula.tree import Call
from leadline.formula.workbench import Workbench
from leadline.inference.breadth import recent

from .machines import HOST, cluster, free_port, killer

NAMES = Names(roles={"large": "SIM_LARGE"}, rules={"ranked": Rule("simulated", 20, 120, "quarter")})
FORMULAS = (
    "share(simulated, close > sma(close, 200d))",
    "median(simulated, change(close, 21d))",
    "weighted_share(simulated, change(close, 1d) > 0, market_value)",  # which is not whole
    "weighted_share(simulated, change(close, 1d) > 0, volume)",  # which is
    "mean(simulated, change(close, 21d))",
    "dispersion(simulated, change(close, 21d))",
    "best(simulated, change(close, 5d))",
    "worst(simulated, change(close, 5d))",
    "members(simulated)",
    "rank(large, simulated, change(close, 21d))",
    "leads(large, simulated, change(close, 21d))",
    "top_share(simulated, market_value, 10)",
    "weighted_mean(simulated, change(close, 21d), market_value)",
    "share(sim_small, close > sma(close, 50d)) - 0.5",
    "mean(sim_small, change(close, 21d) - change(large, 21d))",
    "median(sim_small, rsi(close, 14d))",
    "dispersion(sim_small, change(close, 1d))",
    "best(sim_small, change(close, 5d))",
    "worst(sim_small, change(close, 5d))",
    "rank(large, sim_small, change(close, 5d))",
    "zweig(sim_small, close)",
    "mean(ranked, change(close, 21d))",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    pull(folder, Simulated(first=date(2019, 1, 2), stocks=400), now())
    return folder


@pytest.fixture(scope="module")
def panel(home: Path) -> Panel:
    return read(home)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("two"), 2) as at:
        yield at


@pytest.fixture(scope="module")
def here(panel: Panel) -> tuple[Values, ...]:
    return evaluate_many(FORMULAS, panel, NAMES)


def on(address: str, home: Path, panel: Panel) -> Cluster:
    return Cluster(address, home, panel.version, panel.cut)


def raw(values: Values) -> bytes:
    """Every bit of a result: a missing value and each of the numbers."""
    column = values.frame["value"]
    numbers = column.cast(pl.Float64).fill_null(0.0).to_numpy().tobytes()
    return str(values.frame.schema).encode() + column.is_null().to_numpy().tobytes() + numbers


def assert_same(found: Sequence[Values], wanted: Sequence[Values]) -> None:
    for one, other in zip(found, wanted, strict=True):
        assert raw(one) == raw(other), one.formula
        assert one.frame["session"].equals(other.frame["session"])
        assert (one.unit, one.axis, one.needs, one.warnings) == (other.unit, other.axis, other.needs, other.warnings)


def test_two_workers_give_the_same_bytes(address: str, home: Path, panel: Panel, here: tuple[Values, ...]) -> None:
    assert_same(evaluate_many(FORMULAS, panel, NAMES, crowd=on(address, home, panel)), here)
    assert all(one.frame["value"].null_count() < len(one.frame) for one in here)


def test_at_an_earlier_cut(address: str, home: Path) -> None:
    before = read(home, date(2021, 6, 30))
    found = evaluate_many(FORMULAS[:4], before, NAMES, crowd=on(address, home, before))
    assert_same(found, evaluate_many(FORMULAS[:4], before, NAMES))


def test_the_last_sessions_alone(address: str, home: Path, panel: Panel) -> None:
    short = recent(panel, 400)
    found = evaluate_many(FORMULAS[:4], short, NAMES, crowd=on(address, home, short))
    assert_same(found, evaluate_many(FORMULAS[:4], short, NAMES))
    assert len(found[0].frame) == 400


def test_value_takes_an_address(address: str, home: Path) -> None:
    found = leadline.value("median(sim_small, change(close, 21d))", home=home, cluster=address)
    assert_same([found], [leadline.value("median(sim_small, change(close, 21d))", home=home)])


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_one_question_alone(first: int, address: str, home: Path, panel: Panel, here: tuple[Values, ...]) -> None:
    found = evaluate_many(FORMULAS[first : first + 1], panel, NAMES, crowd=on(address, home, panel))
    assert_same(found, here[first : first + 1])


@pytest.mark.parametrize("task", ["members", "taken", "late-taken"])
def test_a_worker_that_is_killed_in_the_middle(
    task: str, tmp_path: Path, home: Path, panel: Panel, here: tuple[Values, ...]
) -> None:
    program, marker = killer(tmp_path, task)
    with cluster(tmp_path, 2, "--preload", str(program)) as at:
        found = evaluate_many(FORMULAS[:3], panel, NAMES, crowd=on(at, home, panel))
    assert marker.exists()
    assert_same(found, here[:3])


def test_a_wrong_address(monkeypatch: pytest.MonkeyPatch, home: Path, panel: Panel) -> None:
    assert wiring.CONNECT_SECONDS <= 5
    monkeypatch.setattr(wiring, "CONNECT_SECONDS", 0.5)
    nobody = f"tcp://{HOST}:{free_port()}"
    with pytest.raises(DataError, match=f"cluster at {nobody}: found no scheduler that answers; expected the address"):
        evaluate(FORMULAS[0], panel, crowd=on(nobody, home, panel))
    with pytest.raises(DataError, match="cluster at nonsense://x: found no scheduler that answers"):
        evaluate(FORMULAS[0], panel, crowd=on("nonsense://x", home, panel))


def test_a_scheduler_without_workers(tmp_path: Path, home: Path, panel: Panel) -> None:
    with cluster(tmp_path, 0) as at, pytest.raises(DataError, match="a scheduler without workers; start some: dask"):
        evaluate(FORMULAS[0], panel, crowd=on(at, home, panel))


def test_workers_that_see_another_ledger(address: str, tmp_path: Path, panel: Panel) -> None:
    with pytest.raises(DataError, match=r"ledger on a worker: found another one; the folder .* must be the same files"):
        evaluate(FORMULAS[0], panel, crowd=on(address, tmp_path, panel))


def test_a_panel_of_another_cut(home: Path, panel: Panel) -> None:
    other = Cluster("tcp://127.0.0.1:8786", home, panel.version, date(2021, 6, 30))
    with pytest.raises(RequestError, match=r"the panel: found .* at 2023-12-29; expected .* at 2021-06-30"):
        evaluate(FORMULAS[0], panel, crowd=other)


def test_without_dask(monkeypatch: pytest.MonkeyPatch, home: Path, panel: Panel) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RequestError, match=r"no Dask on this machine; pip install 'leadline\[cluster\]'"):
        evaluate(FORMULAS[0], panel, crowd=on("tcp://127.0.0.1:8786", home, panel))


def test_slices_hold_whole_symbols_in_order(panel: Panel) -> None:
    call = Binder(panel, NAMES).bind(as_tree("mean(simulated, close)"))
    assert isinstance(call, Call)
    work = group_work(Workbench(panel, NAMES, Frames(panel)), [call])
    assert panel.stocks is not None
    stored = panel.stocks.collect()
    symbols = sorted(stored["symbol"].unique().to_list())
    book, sessions = wiring._rows(panel, NAMES, work)
    assert book["symbol"].to_list() == symbols
    assert sessions.tolist() == [(stored["session"] == day).sum() for day in panel.sessions]
    slices = wiring._slices(book, 6, 4)
    assert len(slices) == 8
    assert (slices[0][0], slices[-1][1]) == (symbols[0], symbols[-1])
    for (_, last), (first, _) in pairwise(slices):
        assert symbols.index(first) == symbols.index(last) + 1


def test_members_are_summed_in_alphabetical_order_however_they_are_stored(panel: Panel) -> None:
    assert panel.stocks is not None
    stored = panel.stocks.collect()
    backwards = stored.sort("symbol", "session", descending=[True, False])
    shuffled = stored.sample(fraction=1.0, shuffle=True, seed=1)
    wanted = evaluate_many(FORMULAS[:4], replace(panel, stocks=stored.sort("symbol", "session").lazy()), NAMES)
    assert_same(evaluate_many(FORMULAS[:4], replace(panel, stocks=backwards.lazy()), NAMES), wanted)
    assert_same(evaluate_many(FORMULAS[:4], replace(panel, stocks=shuffled.lazy()), NAMES), wanted)


def test_ranges_hold_every_session_once_and_about_as_many_rows_each() -> None:
    rows = np.array([0, 0, 1, 1, 2, 4, 8])
    assert wiring._ranges(rows, 2) == ((0, 6), (6, 7))
    assert wiring._ranges(rows, 4) == ((0, 5), (5, 6), (6, 7))  # the last session alone has half of all rows
    assert wiring._ranges(np.array([3]), 3) == ((0, 1),)
    assert wiring._ranges(np.zeros(2, dtype=np.int64), 3) == ((0, 2),)
    assert wiring._ranges(np.zeros(0, dtype=np.int64), 3) == ()


@pytest.mark.parametrize("bounds", [(0, 0), (0, 9), (3, 17), (8, 29), (28, 29)])
def test_rows_arrive_as_they_were_sent(bounds: tuple[int, int]) -> None:
    days = [date(2020, 1, 1) if at % 3 else None for at in range(29)]
    rows = pl.DataFrame(
        {
            "there": [-0.0, *(at / 7 for at in range(28))],
            "gaps": [None if at % 4 == 1 else float("nan") if at == 6 else 1 / (at + 1) for at in range(29)],
            "truth": [None if at % 5 == 2 else at % 2 == 0 for at in range(29)],
            "sure": [at % 3 == 0 for at in range(29)],
            "count": pl.Series([None if at % 6 == 5 else at for at in range(29)], dtype=pl.UInt32),
            "day": days,
            "never": pl.Series([None] * 29, dtype=pl.Float64),
        }
    )
    sent = rows.slice(bounds[0], bounds[1] - bounds[0])
    many = np.array([len(sent)])
    part = wiring._Part(Rows(many, sent))
    header, frames = serialize(part)
    found = deserialize(header, frames).rows
    assert found.frame.schema == sent.schema
    assert found.frame.equals(sent, null_equal=True)
    assert np.signbit(found.frame["there"].to_numpy()).tolist() == np.signbit(sent["there"].to_numpy()).tolist()
    assert found.many.tolist() == many.tolist()
    assert len(frames) == 1 + 5 + 1  # what they are; numbers and days as they lie, truths are bits; how many
