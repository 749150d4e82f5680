"""The law: the brief as of a date is the same bytes whether or not later data are in the ledger."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadline.core.calendar import load_sessions
from leadline.core.seeds import generator
from leadline.data.feeds.folder import Folder
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.judgement.playbook import Playbook, choose, shipped
from leadline.judgement.playbook.evidence import Evidence
from leadline.judgement.playbook.measured import answered
from leadline.judgement.playbook.model import Ranks
from leadline.publish.brief import Brief, as_json, build, render, wanted
from leadline.publish.brief.charts import charts
from leadline.publish.brief.inputs import stocks_ahead, without_stocks

from .panels import SECTORS, SIZES

CUT = date(2023, 6, 15)
SYMBOLS = (*SIZES, "RSP", *SECTORS[:3])
MACRO = ("DGS2", "DGS10", "T10Y2Y", "BAA10Y")


def sessions(last: date) -> list[date]:
    days = load_sessions(date(2024, 1, 31)).days.astype("datetime64[D]").tolist()
    return [day for day in days if date(2021, 1, 1) <= day <= last]


def folder_of(folder: Path, last: date) -> Path:
    """Random prices and yields from 2021 until `last`: the same numbers whatever `last` is."""
    whole = sessions(date(2023, 12, 29))
    count = len(sessions(last))
    for part in ("prices", "macro"):
        (folder / part).mkdir(parents=True)
    for name in SYMBOLS:
        closes = 50 * np.exp(np.cumsum(generator(f"brief law {name}").normal(0.0003, 0.012, len(whole))))
        rows = [
            (day, f"{close:.4f}", f"{close * 0.9:.4f}", 1_000_000 + at % 7)
            for at, (day, close) in enumerate(zip(whole, closes, strict=True))
        ]
        _write(folder / "prices" / f"{name}.csv", ("date", "close", "adj_close", "volume"), rows[:count])
    for name in MACRO:
        values = 3 + np.cumsum(generator(f"brief law {name}").normal(0, 0.05, len(whole)))
        rows_ = [(day, f"{value:.2f}") for day, value in zip(whole, values, strict=True)]
        _write(folder / "macro" / f"{name}.csv", ("date", "value"), rows_[:count])
    return folder


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([head, *rows])


def rendered(home: Path, *, charts: bool = True) -> dict[str, bytes]:
    panel = read(home, CUT)
    return render(build(panel, choose(panel)), charts=charts)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A ledger whose files end at the cut; and one pulled at the cut, and again when the files had grown."""
    root = tmp_path_factory.mktemp("law")
    short, long = root / "short", root / "long"
    early = folder_of(root / "early", CUT)
    pull(short, Folder(early), datetime(2023, 6, 16, tzinfo=UTC))
    pull(long, Folder(early), datetime(2023, 6, 16, tzinfo=UTC))
    pull(long, Folder(folder_of(root / "late", date(2023, 12, 29))), datetime(2023, 12, 30, tzinfo=UTC))
    return short, long


def test_later_data_do_not_change_a_byte(homes: tuple[Path, Path]) -> None:
    then, now = (rendered(home) for home in homes)
    assert read(homes[0], CUT).version != read(homes[1], CUT).version
    assert list(then) == list(now)
    assert {name for name in then if then[name] != now[name]} == set()
    assert b'"regime": "not available"' not in then["brief.json"], "the law is tested on a card that speaks"
    assert "charts/rotation.png" in then


def universe_of(folder: Path, last: date) -> Path:
    """The folder with a set of 60 stocks as well: some begin late, some end; the same rows whatever `last` is."""
    draw = generator("brief law stocks")
    (folder / "universe").mkdir()
    parts = []
    whole = sessions(date(2023, 12, 29))
    for k in range(60):
        start, end = (0, len(whole)) if k % 4 else sorted(int(x) for x in draw.integers(0, len(whole), 2))
        moves = draw.normal(0.0003, 0.02, len(whole))
        frame = {
            "date": whole,
            "symbol": f"S{k:02}",
            "close": 20 * np.exp(np.cumsum(np.log1p(moves))),
            "pct": moves * 100,
            "volume": draw.integers(1_000, 90_000, len(whole)).astype(float),
            "shares_m": 5.0 + k,
        }
        parts.append(pl.DataFrame(frame)[start:end])
    rows = pl.concat(parts).filter(pl.col("date") <= last, pl.col("date") != date(2023, 3, 15))
    rows.sort("symbol", "date").write_parquet(folder / "universe" / "us.parquet")
    return folder


def stock_book() -> Playbook:
    """The shipped playbook, its ranks on a set of 60."""
    return shipped()[0].model_copy(
        update={"stocks": {"large_stocks": Ranks(low=1, high=20), "small_stocks": Ranks(low=21, high=60)}}
    )


def stock_brief(home: Path) -> Brief:
    return build(read(home, CUT), stock_book())


def lines_on_stocks(brief: Brief) -> dict[str, Evidence]:
    card = brief.card
    lines = (*card.in_favour, *card.against, *card.silent, *card.missing)
    return {line.key: line for line in lines if "_stocks" in line.formulas[0] or "sp500" in line.formulas[0]}


def test_later_stocks_do_not_change_a_byte(tmp_path: Path) -> None:
    """Stocks pulled until the cut, and again until the end of the year: the same bytes, and lines that speak."""
    early = universe_of(folder_of(tmp_path / "early", CUT), CUT)
    late = universe_of(folder_of(tmp_path / "late", date(2023, 12, 29)), date(2023, 12, 29))
    for home in ("short", "long"):
        pull(tmp_path / home, Folder(early), datetime(2023, 6, 16, tzinfo=UTC))
    pull(tmp_path / "long", Folder(late), datetime(2023, 12, 30, tzinfo=UTC))
    then, now = stock_brief(tmp_path / "short"), stock_brief(tmp_path / "long")
    assert read(tmp_path / "long").stocks is not None
    assert read(tmp_path / "long").stocks.select(pl.col("session").max()).collect().item() > CUT  # type: ignore[union-attr]
    assert render(then, charts=False) == render(now, charts=False)
    lines = lines_on_stocks(now)
    assert len(lines) == 9
    assert {line.key for line in lines.values() if line.value is None} == {"index_breadth"}
    assert {line.stocks for line in lines.values() if line.value is not None} == {"Members as of 2023-05-31."}
    assert lines["index_breadth"].why == "no stocks for sp500 in the ledger"
    assert any(said.startswith("us: 60 stocks since 2021-01-04, the ended among them") for said in now.notices)
    assert any("it lacks 1 session, the last 2023-03-15" in said for said in now.notices)


def test_the_hash_covers_what_stock_lines_rest_on(homes: tuple[Path, Path], tmp_path: Path) -> None:
    folder = universe_of(folder_of(tmp_path / "with", CUT), CUT)
    pull(tmp_path / "one", Folder(folder), datetime(2023, 6, 16, tzinfo=UTC))
    with_them, without = stock_brief(tmp_path / "one"), stock_brief(homes[0])
    file = folder / "universe" / "us.parquet"
    changed = (pl.col("symbol") == "S01") & (pl.col("date") == date(2023, 6, 13))
    rows = pl.read_parquet(file)
    rows.with_columns(pl.when(changed).then(-95.0).otherwise("pct").alias("pct")).write_parquet(file)
    pull(tmp_path / "other", Folder(folder), datetime(2023, 6, 16, tzinfo=UTC))
    fewer = rows.filter(~(pl.col("symbol").is_in(["S01"]) & (pl.col("date") < date(2021, 1, 11))))
    fewer.write_parquet(file)
    pull(tmp_path / "fewer", Folder(folder), datetime(2023, 6, 16, tzinfo=UTC))
    found = [with_them, without, stock_brief(tmp_path / "other"), stock_brief(tmp_path / "fewer")]
    assert len({one.data_hash for one in found}) == 4
    kept = without_stocks(stock_book())
    left = build(read(tmp_path / "one", CUT), kept)
    assert not lines_on_stocks(left)
    assert left.playbook_hash != with_them.playbook_hash
    assert left.data_hash == without.data_hash, "the same series, and no stocks"
    assert len(kept.evidence) == len(stock_book().evidence) - 9
    ahead = stocks_ahead(read(tmp_path / "one", CUT), stock_book())
    assert ahead == ("Reading 60 stocks of us",)
    assert stocks_ahead(read(homes[0], CUT), stock_book()) == ()


def test_the_share_of_stocks_is_drawn_from_what_the_card_measured(
    homes: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One band more, with the numbers of the line and no second pass; without stocks no word of it in the chart."""
    folder = universe_of(folder_of(tmp_path / "with", CUT), CUT)
    pull(tmp_path / "one", Folder(folder), datetime(2023, 6, 16, tzinfo=UTC))
    asked: list[str] = []

    def noted(formulas: list[str], *given: object) -> object:
        asked.extend(formulas)
        return answered(formulas, *given)  # type: ignore[arg-type]

    monkeypatch.setattr("leadline.publish.brief.traces.answered", noted)
    seen, without = stock_brief(tmp_path / "one"), stock_brief(homes[0])
    share, trace = "share(small_stocks, close > sma(close, 200d))", seen.traces["stocks"]
    assert (trace.label, trace.formula) == ("Share of the small stocks above their 200-day average", share)
    assert trace.last == lines_on_stocks(seen)["small_above_200"].value
    assert share not in asked
    drawn = {chart.name: chart for chart in charts(seen)}["participation"]
    assert [one["key"] for one in as_json(seen)["participation"]] == ["breadth", "stocks", "equal"]
    assert f"; {share}; " in drawn.subtitle
    assert without.traces["stocks"].why == "no stocks in the ledger"
    bare = {chart.name: chart for chart in charts(without)}["participation"]
    assert "stocks" not in bare.subtitle
    assert without.card is not None
    assert without.card.coverage.sentence.count("stocks") == 1
    assert not any("stocks" in said for said in without.notices)


def split_folder(folder: Path, last: date, ratio: float, day: date, decimals: int) -> Path:
    """A folder whose IWM is adjusted for a split on `day` once the files reach it; actions/ tells of it then."""
    folder_of(folder, last)
    path = folder / "prices" / "IWM.csv"
    if last < day:
        return folder
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    told = [head]
    for line in lines:
        when, close, total, volume = line.split(",")
        adjusted = (f"{float(price) / ratio:.{decimals}f}" for price in (close, total))
        again = ",".join((when, *adjusted, f"{int(volume) * ratio:.0f}"))
        told.append(again if date.fromisoformat(when) < day else line)
    path.write_text("\n".join(told), encoding="utf-8")
    (folder / "actions").mkdir()
    _write(folder / "actions" / "IWM.csv", ("date", "kind", "value"), [(day, "split", ratio)])
    return folder


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(("ratio", "decimals"), [(2.0, 6), (3.0, 4), (0.1, 3)])
def test_a_split_after_the_cut_does_not_change_a_byte(
    tmp_path: Path, ratio: float, decimals: int, *, told: bool
) -> None:
    """One file from before the split and one from after it, both adjusted: pulled one after the other."""
    split, end = date(2023, 9, 11), date(2023, 12, 29)
    early = split_folder(tmp_path / "early", CUT, ratio, split, decimals)
    late = split_folder(tmp_path / "late", end, ratio, split, decimals)
    if not told:
        shutil.rmtree(late / "actions")
    for home in ("short", "long"):
        pull(tmp_path / home, Folder(early), datetime(2023, 6, 16, tzinfo=UTC))
    pull(tmp_path / "long", Folder(late), datetime(2023, 12, 30, tzinfo=UTC))
    then, now = (rendered(tmp_path / home, charts=False) for home in ("short", "long"))
    assert {name for name in then if then[name] != now[name]} == set()


@pytest.mark.parametrize("ratio", [2.0, 4.0])
def test_a_ledger_made_after_a_split_reads_as_one_made_before(tmp_path: Path, ratio: float) -> None:
    """Adjusted prices whose digits suffice are undone exactly, and a total return counts by its path."""
    split = date(2023, 9, 11)
    pull(
        tmp_path / "a",
        Folder(split_folder(tmp_path / "early", CUT, ratio, split, 6)),
        datetime(2023, 6, 16, tzinfo=UTC),
    )
    late = split_folder(tmp_path / "late", date(2023, 12, 29), ratio, split, 6)
    pull(tmp_path / "b", Folder(late), datetime(2023, 12, 30, tzinfo=UTC))
    then, now = (rendered(tmp_path / home, charts=False) for home in ("a", "b"))
    assert {name for name in then if then[name] != now[name]} == set()


def test_what_rounding_took_stays_away(tmp_path: Path) -> None:
    """Three for one with four decimals: a third of a price of about 50 is told to 1e-6 of it, and so it comes back."""
    split = date(2023, 9, 11)
    pull(tmp_path / "a", Folder(folder_of(tmp_path / "early", CUT)), datetime(2023, 6, 16, tzinfo=UTC))
    late = split_folder(tmp_path / "late", date(2023, 12, 29), 3.0, split, 4)
    pull(tmp_path / "b", Folder(late), datetime(2023, 12, 30, tzinfo=UTC))
    then, now = (read(tmp_path / home, CUT).column("IWM").drop_nulls().to_numpy() for home in ("a", "b"))
    assert 0 < np.abs(now / then - 1).max() <= 3 * 0.00005 / then.min() * 1.001
    assert rendered(tmp_path / "a", charts=False)["brief.md"] != rendered(tmp_path / "b", charts=False)["brief.md"]


def test_other_values_have_another_hash(homes: tuple[Path, Path], tmp_path: Path) -> None:
    panel = read(homes[0], CUT)
    book = choose(panel)
    state = build(panel, book).data_hash
    folder = folder_of(tmp_path / "other", CUT)
    lines = (folder / "prices" / "IWM.csv").read_text(encoding="utf-8").splitlines()
    lines[100] = lines[100].replace(",1000", ",1001")
    (folder / "prices" / "IWM.csv").write_text("\n".join(lines), encoding="utf-8")
    pull(tmp_path / "home", Folder(folder), datetime(2023, 6, 16, tzinfo=UTC))
    assert build(read(tmp_path / "home", CUT), book).data_hash != state
    assert build(read(homes[0], CUT, series=wanted(book) & set(panel.series)), book).data_hash == state
