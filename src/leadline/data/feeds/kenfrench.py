"""Kenneth French's data library: returns of factors and of portfolios by size and industry, from 1926.

Source: zip files with one CSV each: words, a header line that starts with a comma, rows `yyyymmdd` or `yyyymm` in
percent, then further blocks (annual, equal weighted, numbers of firms) and a copyright line; -99.99 and -999 are
missing. Read here: the first block of the dataset's frequency that is not equal weighted, no count and no size.
"""

from __future__ import annotations

import io
import re
import zipfile
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import polars as pl

from leadline.core.errors import RequestError, SourceError
from leadline.data.facts import conform
from leadline.data.feeds.contract import Answer, Frequency, SeriesInfo
from leadline.data.feeds.delivery import Reading, Rejection, Wanted, checked, deliver, number, text_of
from leadline.data.feeds.http import Fetcher
from leadline.data.feeds.knowable import at_close

NOTE = "library publishes weeks later; returns of listed portfolios taken as known at the close"
LARGEST = 100_000_000  # bytes of text in one archive
_MISSING = (-99.99, -999.0)
_OTHER_BLOCK = re.compile(r"equal(ly)?[- ]weight|number of firms|average (firm size|market cap)", re.IGNORECASE)
_FF3, _FF5 = ("Mkt-RF", "SMB", "HML", "RF"), ("Mkt-RF", "SMB", "HML", "RMW", "CMA", "RF")
_SIZE = (
    *("<= 0", "Lo 30", "Med 40", "Hi 30", "Lo 20", "Qnt 2", "Qnt 3", "Qnt 4", "Hi 20", "Lo 10"),
    *(f"Dec {place}" for place in range(2, 10)),
    "Hi 10",
)
_INDUSTRIES = (
    "NoDur",
    "Durbl",
    "Manuf",
    "Enrgy",
    "Chems",
    "BusEq",
    "Telcm",
    "Utils",
    "Shops",
    "Hlth",
    "Money",
    "Other",
)


@dataclass(frozen=True)
class Dataset:
    """One archive of the library: its file without `_CSV.zip`, what it is, how often, and the columns to expect."""

    file: str
    title: str
    frequency: Frequency
    columns: tuple[str, ...]


DATASETS = MappingProxyType(
    {
        "ff3_daily": Dataset("F-F_Research_Data_Factors_daily", "Fama-French three factors", "session", _FF3),
        "ff5_daily": Dataset("F-F_Research_Data_5_Factors_2x3_daily", "Fama-French five factors", "session", _FF5),
        "mom_daily": Dataset("F-F_Momentum_Factor_daily", "Momentum factor", "session", ("Mom",)),
        "ff3_monthly": Dataset("F-F_Research_Data_Factors", "Fama-French three factors", "month", _FF3),
        "ff5_monthly": Dataset("F-F_Research_Data_5_Factors_2x3", "Fama-French five factors", "month", _FF5),
        "size_daily": Dataset("Portfolios_Formed_on_ME_Daily", "Portfolios by size, value weighted", "session", _SIZE),
        "size_monthly": Dataset("Portfolios_Formed_on_ME", "Portfolios by size, value weighted", "month", _SIZE),
        "industry12_monthly": Dataset("12_Industry_Portfolios", "Industries, value weighted", "month", _INDUSTRIES),
        "industry12_daily": Dataset(
            "12_Industry_Portfolios_daily", "Industries, value weighted", "session", _INDUSTRIES
        ),
    }
)


@dataclass(frozen=True)
class Block:
    """One table of a file: the words above it, its columns, and its rows as they stand."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class KenFrench:
    """The feed `kenfrench`. One part a dataset; series are `french_name(dataset, column)`; values are daily or monthly
    returns as decimals in `bars.change`, without prices.
    """

    datasets: tuple[str, ...] = tuple(DATASETS)
    base_url: str = "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp"
    fetcher: Fetcher = field(default_factory=Fetcher)

    @property
    def name(self) -> str:
        """The source's name in the ledger."""
        return "kenfrench"

    def plan(self) -> tuple[str, ...]:
        """The datasets. Raises RequestError for one that is not in `DATASETS`."""
        unknown = [part for part in checked(self.datasets, "Ken French datasets") if part not in DATASETS]
        if unknown:
            raise RequestError("Ken French datasets", found=", ".join(unknown), expected=", ".join(DATASETS))
        return self.datasets

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One dataset as bars, or why not."""
        if part not in self.datasets or part not in DATASETS:
            return Wanted(self.base_url, (), seen).unknown(part, self.name)
        dataset = DATASETS[part]
        where = f"{self.base_url}/{dataset.file}_CSV.zip"
        wanted = Wanted(where, tuple(french_name(part, column) for column in dataset.columns), seen)
        return deliver(wanted, lambda: self.fetcher.get(where), lambda raw: read_french(raw, part))


def french_name(dataset: str, column: str) -> str:
    """The ledger's name of a column: runs of other characters than letters and digits become one `_`.

    >>> french_name("ff3_daily", "Mkt-RF"), french_name("size_daily", "Lo 10"), french_name("size_daily", "<= 0")
    ('KF:ff3_daily_Mkt_RF', 'KF:size_daily_Lo_10', 'KF:size_daily_le_0')
    """
    spelled = f"{dataset}_{column.strip()}".replace("<=", "le").replace(">=", "ge")
    return f"KF:{re.sub(r'[^A-Za-z0-9]+', '_', spelled).strip('_')}"


def read_french(raw: bytes, dataset: str) -> Reading:
    """The returns of one archive as bars. Cells that are no number are rejected one by one; the others stay.

    Raises SourceError for what is no archive of one CSV, and where no block has the dataset's frequency.
    """
    shape = DATASETS[dataset]
    width = 8 if shape.frequency == "session" else 6
    blocks = french_blocks(_unzipped(raw, dataset))
    fitting = [block for block in blocks if len(block.rows[0][0]) == width and not _OTHER_BLOCK.search(block.title)]
    if not fitting:
        found = "; ".join(f"{block.title or 'a block'} ({', '.join(block.columns[:4])})" for block in blocks)
        raise SourceError(dataset, found=found[:300] or "no table", expected=f"rows with dates of {width} digits")
    block, bad = fitting[0], list[Rejection]()
    table = _table(block, dataset, bad)
    bars = conform("bars", table.with_columns(known_at=at_close(table["describes"])))
    held = set(bars["series"].unique())
    infos = tuple(_info(dataset, column) for column in block.columns if french_name(dataset, column) in held)
    return Reading({"bars": bars}, infos, bad, _said(block, dataset, held))


def french_blocks(text: str) -> tuple[Block, ...]:
    """The tables of a file in order: a header line that starts with a comma, and the dated rows that follow it."""
    blocks: list[Block] = []
    title, header, rows = "", tuple[str, ...](), list[tuple[str, ...]]()
    for line in [*text.splitlines(), ""]:
        cells = tuple(cell.strip() for cell in line.split(","))
        if header and re.fullmatch(r"\d{4}|\d{6}|\d{8}", cells[0]):
            rows.append(cells)
            continue
        if rows:
            blocks.append(Block(title, header, tuple(rows)))
            title, header, rows = "", (), []
        if not cells[0] and any(cells[1:]):
            header = cells[1:]
        elif line.strip():
            title, header = line.strip(), ()
    return tuple(blocks)


def _unzipped(raw: bytes, dataset: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            inside = [item for item in archive.infolist() if item.filename.lower().endswith((".csv", ".txt"))]
            if len(inside) != 1 or inside[0].file_size > LARGEST:
                found = ", ".join(item.filename for item in archive.infolist())
                raise SourceError(dataset, found=f"an archive of {found or 'nothing'}"[:200], expected="one CSV in it")
            return text_of(archive.read(inside[0]), dataset)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        start = " ".join(raw[:60].decode("latin-1").split())
        found = f"something else that begins {start!r}"
        raise SourceError(dataset, found=found, expected="a zip archive") from error


def _table(block: Block, dataset: str, bad: list[Rejection]) -> pl.DataFrame:
    """series, describes, change of every cell that has a number; those that are no number go to `bad`."""
    names = [french_name(dataset, column) for column in block.columns]
    days: list[date] = []
    columns: list[list[float | None]] = [[] for _ in names]
    for row in block.rows:
        day = _label(row[0])
        if day is None or len(row) != len(names) + 1:
            reason = "no date" if day is None else f"{len(row) - 1} values for {len(names)} columns"
            bad.extend((name, day, reason, ",".join(row)) for name in names)
            continue
        days.append(day)
        for name, column, cell in zip(names, columns, row[1:], strict=True):
            column.append(_change(name, day, cell, bad))
    described = pl.Series("describes", days, dtype=pl.Date)
    frames = [
        pl.DataFrame({"describes": described, "change": pl.Series(column, dtype=pl.Float64)})
        .drop_nulls("change")
        .with_columns(series=pl.lit(name))
        for name, column in zip(names, columns, strict=True)
    ]
    return pl.concat(frames)


def _label(digits: str) -> date | None:
    """The day of `yyyymmdd`, the last day of `yyyymm`; None when there is no such day."""
    year, month = int(digits[:4]), int(digits[4:6])
    try:
        return date(year, month, int(digits[6:]) if digits[6:] else monthrange(year, month)[1])
    except ValueError:
        return None


def _change(name: str, day: date, cell: str, bad: list[Rejection]) -> float | None:
    try:
        percent = number(cell)
    except ValueError:
        bad.append((name, day, "no number", cell))
        return None
    return None if percent in _MISSING else percent / 100


def _info(dataset: str, column: str) -> SeriesInfo:
    shape = DATASETS[dataset]
    return SeriesInfo(french_name(dataset, column), f"{shape.title}: {column}", shape.frequency, "index", "live", NOTE)


def _said(block: Block, dataset: str, held: set[str]) -> str:
    expected = DATASETS[dataset].columns
    sentences = {
        "without any value, left out": [one for one in block.columns if french_name(dataset, one) not in held],
        "expected but not in the file": [one for one in expected if one not in block.columns],
        "new in the file": [one for one in block.columns if one not in expected],
    }
    return "; ".join(f"{words}: {', '.join(which)}" for words, which in sentences.items() if which)
