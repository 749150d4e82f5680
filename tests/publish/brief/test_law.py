"""The law: the brief as of a date is the same bytes whether or not later data are in the ledger."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from leadline.core.calendar import load_sessions
from leadline.core.seeds import generator
from leadline.data.feeds.folder import Folder
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.judgement.playbook import choose
from leadline.publish.brief import build, render, wanted

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
