"""The embedded sample: real data read at run time from the files of two installed libraries; nothing is copied.

1. `_open` finds the file inside the library's folder without importing the library, hashes and unpacks it;
2. a reader for each layout (`_french`, `_daily`, `_factors_1926`, `_macro`) makes facts of its columns;
3. `Sample.fetch` hands them over as one part a file, or says which version of the library has the file.

`linearmodels` carries Kenneth French's monthly portfolios (1949-01 to 2017-03), `arch` daily index prices, bond yields,
core consumer prices, the VIX and the monthly factors since 1926.
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import polars as pl

from leadline.data.facts import REJECTED, conform
from leadline.data.feeds.contract import Answer, Failure, Frequency, Part, SeriesInfo, Unchanged, digest
from leadline.data.feeds.knowable import RELEASES, at_close, lagged

Facts = Mapping[str, pl.DataFrame]
Read = tuple[Facts, tuple[SeriesInfo, ...], pl.DataFrame]

FRENCH_NOTE = (
    "Monthly returns from Kenneth French's data library, as carried by linearmodels. A month is taken as known at its "
    "last close; the library itself is published some weeks later and may be revised."
)
SIZE_NOTE = (
    "mean of the low, middle and high book-to-market portfolios of that size, re-balanced monthly. " + FRENCH_NOTE
)
LATEST_NOTE = "Latest values when the file was made (about January 2019), not first releases"

SIZES = MappingProxyType(
    {
        "SMALL": ("S1", "Small US companies (smallest size fifth)"),
        "MID": ("S3", "Mid-sized US companies (middle size fifth)"),
        "LARGE": ("S5", "Large US companies (largest size fifth)"),
    }
)
INDUSTRIES = MappingProxyType(
    {
        "NODUR": ("NoDur", "Consumer non-durables"),
        "DURBL": ("Durbl", "Consumer durables"),
        "MANUF": ("Manuf", "Manufacturing"),
        "ENRGY": ("Enrgy", "Energy"),
        "CHEMS": ("Chems", "Chemicals"),
        "BUSEQ": ("BusEq", "Business equipment"),
        "TELCM": ("Telcm", "Telecommunications"),
        "UTILS": ("Utils", "Utilities"),
        "SHOPS": ("Shops", "Wholesale and retail"),
        "HLTH": ("Hlth", "Health care"),
        "MONEY": ("Money", "Finance"),
        "OTHER": ("Other", "Other industries"),
    }
)
FACTORS = MappingProxyType(
    {
        "FF:SMB": ("SMB", "Small minus big: return of the size factor"),
        "FF:HML": ("HML", "High minus low book-to-market: return of the value factor"),
        "FF:MOM": ("Mom", "Winners minus losers: return of the momentum factor"),
        "FF:RF": ("RF", "One-month Treasury bill: return of the month"),
    }
)
FACTORS_1926 = MappingProxyType(
    {
        "FF26:MKT_RF": ("Mkt-RF", "US market less the one-month bill, since 1926"),
        "FF26:SMB": ("SMB", "Small minus big, since 1926"),
        "FF26:HML": ("HML", "High minus low book-to-market, since 1926"),
        "FF26:RF": ("RF", "One-month Treasury bill, since 1926"),
    }
)
MACRO = MappingProxyType(
    {
        "AAA": "Moody's seasoned Aaa corporate bond yield, monthly average",
        "BAA": "Moody's seasoned Baa corporate bond yield, monthly average",
        "CPILFESL": "Consumer prices less food and energy, seasonally adjusted",
        "VIXCLS": "CBOE volatility index VIX, close",
    }
)
MISSING = "."  # FRED's mark of a day without a value
COLUMN_IN_FILE = MappingProxyType({"VIXCLS": "vix"})


@dataclass(frozen=True)
class Sample:
    """The embedded real sample. `packages`: the folder that holds the two libraries; None: where they are installed."""

    packages: Path | None = None

    @property
    def name(self) -> str:
        """The source's name in the ledger."""
        return "sample"

    def plan(self) -> tuple[str, ...]:
        """One part a file, such as `arch/sp500`."""
        return tuple(FILES)

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One file as facts; a Failure where it is not there, cannot be read, or is no part of this feed."""
        if part not in FILES:
            known = f"fetch one of {', '.join(FILES)}"
            return Failure(part, f"{part} is no part of the sample", todo=known, status="not recognised")
        file = FILES[part]
        raw = _open(file, self.packages)
        if raw is None:
            return _missing(part, file)
        sha256 = digest(raw)
        where = f"{file.package}:{file.path}"
        if seen == sha256:
            return Unchanged(where, sha256)
        try:
            facts, infos, rejected = file.read(pl.read_csv(_unpack(raw, file.path), null_values=MISSING))
        except (OSError, EOFError, ValueError, zlib.error, pl.exceptions.PolarsError) as error:
            reason = f"{file.package}/{file.path} is damaged or laid out otherwise: {error}"
            return Failure(part, reason, file.series, _advice(file.package), "unreadable")
        return Part(where, sha256, facts, infos, rejected)


@dataclass(frozen=True)
class _File:
    package: str
    path: str
    read: Callable[[pl.DataFrame], Read]
    series: tuple[str, ...]


def _open(file: _File, packages: Path | None) -> bytes | None:
    if packages is not None:
        roots = [packages / file.package]
    else:
        spec = find_spec(file.package)  # of a top-level name: finds the folder, runs nothing
        roots = [Path(root) for root in (spec.submodule_search_locations or ())] if spec else []
    found = next((path for root in roots if (path := root / file.path).is_file()), None)
    return None if found is None else found.read_bytes()


def _unpack(raw: bytes, path: str) -> bytes:
    return bz2.decompress(raw) if path.endswith(".bz2") else gzip.decompress(raw)


def _missing(part: str, file: _File) -> Failure:
    try:
        has = f"version {version(file.package)} is installed"
    except PackageNotFoundError:
        has = "it is not installed"
    reason = f"{file.path} is not in the library {file.package} ({has}; {EXPECTED[file.package]} has it)"
    return Failure(part, reason, file.series, _advice(file.package))


def _advice(package: str) -> str:
    return f"install {package} {EXPECTED[package]}"


def _french(table: pl.DataFrame) -> Read:
    label = pl.col("dates").str.to_date("%Y-%m-%d").dt.month_end()
    columns: dict[str, tuple[pl.Expr, str, str]] = {
        "MARKET": (pl.col("MktRF") + pl.col("RF"), "US market", FRENCH_NOTE)
    }
    for name, (size, title) in SIZES.items():
        mean = (pl.col(f"{size}V1") + pl.col(f"{size}V3") + pl.col(f"{size}V5")) / 3
        columns[name] = (mean, title, f"{name}: {SIZE_NOTE}")
    for name, (column, title) in {**INDUSTRIES, **FACTORS}.items():
        columns[name] = (pl.col(column), title, FRENCH_NOTE)
    return _changes(table, label, columns)


def _factors_1926(table: pl.DataFrame) -> Read:
    label = pl.col("Date").cast(pl.String).str.strptime(pl.Date, "%Y%m").dt.month_end()
    note = FRENCH_NOTE.replace("linearmodels", "arch (to 2018-11)")
    columns = {name: (pl.col(column) / 100, title, note) for name, (column, title) in FACTORS_1926.items()}
    return _changes(table, label, columns)


def _changes(table: pl.DataFrame, label: pl.Expr, columns: Mapping[str, tuple[pl.Expr, str, str]]) -> Read:
    wide = table.select(label.alias("describes"), *(value.alias(name) for name, (value, _, _) in columns.items()))
    wide = wide.with_columns(at_close(wide["describes"]))
    long = wide.unpivot(index=["describes", "known_at"], variable_name="series", value_name="change")
    bars = conform("bars", long.with_columns(adjusted_to="describes").drop_nulls("change"))
    infos = [_info(name, title, "month", "index", note) for name, (_, title, note) in columns.items()]
    return {"bars": bars}, tuple(infos), pl.DataFrame(schema=dict(REJECTED))


def _daily(name: str, title: str) -> Callable[[pl.DataFrame], Read]:
    def read(table: pl.DataFrame) -> Read:
        bars = table.select(
            pl.lit(name).alias("series"),
            pl.col("Date").str.to_date("%m/%d/%Y").alias("describes"),
            *(pl.col(column).alias(column.lower()) for column in ("Open", "High", "Low", "Close", "Volume")),
        )
        bars = bars.with_columns(at_close(bars["describes"]), adjusted_to="describes")
        idle = bars.filter(pl.col("volume") == 0)
        rejected = idle.select(
            "series",
            "describes",
            reason=pl.lit("volume 0 on a day when the index moved: the price is kept, the volume is missing"),
            raw=pl.lit("Volume=0"),
        )
        bars = bars.with_columns(pl.when(pl.col("volume") != 0).then("volume").alias("volume"))
        note = "Price index without dividends, 1999 to 2018, as carried by arch."
        if rejected.height:
            note += f" The file says volume 0 on {rejected.height} sessions; they are missing here."
        return {"bars": conform("bars", bars)}, (_info(name, title, "session", "price", note),), rejected

    return read


def _macro(*names: str) -> Callable[[pl.DataFrame], Read]:
    def read(table: pl.DataFrame) -> Read:
        frames, infos = [], []
        for name in names:
            release, series = RELEASES[name], f"FRED:{name}"
            rows = table.select(
                pl.lit(series).alias("series"),
                pl.col("Date").str.to_date("%m/%d/%Y").alias("describes"),
                pl.col(COLUMN_IN_FILE.get(name, name)).alias("value"),
                pl.lit("lag").alias("known_by"),
            ).drop_nulls("value")
            frames.append(conform("observations", rows.with_columns(lagged(rows["describes"], release))))
            note = f"{LATEST_NOTE}; {release.said()}. As carried by arch."
            infos.append(_info(series, MACRO[name], release.frequency, release.unit, note))
        return {"observations": pl.concat(frames)}, tuple(infos), pl.DataFrame(schema=dict(REJECTED))

    return read


def _info(name: str, title: str, frequency: Frequency, unit: str, note: str) -> SeriesInfo:
    return SeriesInfo(name, title, frequency, unit, "sample", note)


#: the versions that are known to carry the files
EXPECTED: Mapping[str, str] = MappingProxyType({"linearmodels": "7.1", "arch": "8.0"})
FILES: Mapping[str, _File] = MappingProxyType(
    {
        "linearmodels/french": _File(
            "linearmodels", "datasets/french/french.csv.bz2", _french, ("MARKET", *SIZES, *INDUSTRIES, *FACTORS)
        ),
        "arch/sp500": _File("arch", "data/sp500/sp500.csv.gz", _daily("SP500", "S&P 500 index"), ("SP500",)),
        "arch/nasdaq": _File(
            "arch", "data/nasdaq/nasdaq.csv.gz", _daily("NASDAQ", "NASDAQ Composite index"), ("NASDAQ",)
        ),
        "arch/default": _File("arch", "data/default/default.csv.gz", _macro("AAA", "BAA"), ("FRED:AAA", "FRED:BAA")),
        "arch/core_cpi": _File("arch", "data/core_cpi/core-cpi.csv.gz", _macro("CPILFESL"), ("FRED:CPILFESL",)),
        "arch/vix": _File("arch", "data/vix/vix.csv.gz", _macro("VIXCLS"), ("FRED:VIXCLS",)),
        "arch/frenchdata": _File("arch", "data/frenchdata/frenchdata.csv.gz", _factors_1926, tuple(FACTORS_1926)),
    }
)
