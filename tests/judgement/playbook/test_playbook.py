from __future__ import annotations

from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import Panel, SeriesFact
from leadline.judgement.playbook import choose, load, reach, shipped
from leadline.judgement.playbook.read import SHIPPED, parse

BOOK = """title: Mine
roles:
  small: {series: IJR, label: Small caps}
  large: {series: SPY.total, label: Large caps}
sizes: [small, large]
sectors:
  - {series: XLB, label: Materials}
  - {series: XLC, label: Communication}
ratio: {numerator: small, denominator: large}
"""

Values = dict[str, tuple[str, list[float | None]]]


def panel(columns: Values, frequency: str = "session") -> Panel:
    """Series by name: the one field they have, and its values on the last sessions (or months) of 2023."""
    days = [date(2023, 12, day) for day in (26, 27, 28, 29)]
    axis = (
        [date(2023, 9, 30), date(2023, 10, 31), date(2023, 11, 30), date(2023, 12, 31)]
        if frequency == "month"
        else days
    )
    months = [date(2023, 9, 29), date(2023, 10, 31), date(2023, 11, 30), date(2023, 12, 29)]
    nothing = pl.Series([None] * 4, dtype=pl.Float64)
    bars = pl.concat(
        pl.DataFrame({"series": [name] * 4, "session": axis, "close": nothing, "total": nothing}).with_columns(
            pl.Series(field, values, dtype=pl.Float64)
        )
        for name, (field, values) in columns.items()
    )
    facts = {
        name: SeriesFact(name, name, "bars", frequency, "price", "files", "x", (field,), axis[0], axis[-1], 4)
        for name, (field, _) in columns.items()
    }
    empty = pl.DataFrame()
    return Panel(
        cut=days[-1],
        instant=datetime(2023, 12, 29, 21, tzinfo=UTC),
        version=1,
        sessions=pl.Series("session", days),
        months=pl.DataFrame({"label": axis, "session": months}),
        series=facts,
        bars=bars,
        observations=empty,
        events=empty,
        members=empty,
    )


FULL: list[float | None] = [1.0, 2.0, 3.0, 4.0]


def test_the_shipped_playbooks_lie_in_the_package_and_can_be_read() -> None:
    names = {found.name for found in files("leadline.judgement.playbook").iterdir() if found.name.endswith(".yaml")}
    assert names == {f"{name}.yaml" for name in SHIPPED}
    funds, sample, simulated = shipped()
    assert list(funds.sizes) == ["micro", "small", "mid", "large", "mega"]
    assert [series.series for series in funds.board_sizes] == ["IWC.total", "IWM", "MDY", "SPY", "MAGS.total"]
    assert funds.roles["equal_weight"].series == "RSP"
    sectors = ["XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY"]
    assert [series.series for series in funds.sectors] == sectors
    assert [series.series for series in simulated.sectors] == [f"SIM_{name}" for name in sectors]
    assert [series.name for series in simulated.board_sizes] == [
        "SIM_MICRO",
        "SIM_SMALL",
        "SIM_MID",
        "SIM_LARGE",
        "SIM_MEGA",
    ]
    assert [series.name for series in sample.board_sizes] == ["SMALL", "MID", "LARGE"]
    industries = ["NODUR", "DURBL", "MANUF", "ENRGY", "CHEMS", "BUSEQ"]
    industries += ["TELCM", "UTILS", "SHOPS", "HLTH", "MONEY", "OTHER"]
    assert [series.name for series in sample.sectors] == industries
    assert all(series.total_only for series in (*sample.board_sizes, *sample.sectors))
    assert {series.label for series in funds.sectors} >= {"Industrials", "Materials"}


def test_a_user_s_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(BOOK, encoding="utf-8")
    book = load(file)
    assert (book.title, book.numerator.name, book.denominator.name) == ("Mine", "IJR", "SPY")
    assert (book.numerator.total_only, book.denominator.total_only) == (False, True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Mine", "titel: Mine", "line 1, titel: found a key that playbooks do not have"),
        ("title: Mine\n", "", "line 1, title: found nothing: this key is required"),
        ("title: Mine", "title: 7", "line 1, title: found input should be a valid string, given '7'"),
        ("label: Materials", "lable: Materials", "line 7, sectors.0.lable: found a key that playbooks do not have"),
        ("label: Communication", "label: [a]", "line 8, sectors.1.label: found input should be a valid string"),
        ("SPY.total", "SPY.volume", "line 4, roles.large.series: found string should match"),
        ("[small, large]", "[small, tiny]", "line 5, sizes: found unknown role tiny; roles has small, large"),
        ("[small, large]", "[small, small]", "line 5, sizes: found small stands here more than once"),
        ("[small, large]", "[]", "line 5, sizes: found "),
        ("series: XLC", "series: IJR", "line 6, sectors: found IJR stands here more than once"),
        ("denominator: large", "denominator: huge", "line 9, ratio: found unknown role huge"),
        ("denominator: large", "denominator: small", "line 9, ratio: found small stands here more than once"),
        ("sizes:", "title: Again\nsizes:", "line 5, title: found this key stands here twice"),
        ("sizes:", "a: &x 1\nb: *x\nsizes:", "line 6: found an alias .x"),
        ("[small, large]", "[small, large", "expected YAML"),
    ],
)
def test_errors_name_the_key_and_the_line(old: str, new: str, said: str) -> None:
    assert old in BOOK
    with pytest.raises(RequestError, match=said.replace("[", r"\[")):
        parse(BOOK.replace(old, new), "mine.yaml")


@pytest.mark.parametrize("text", ["", "- 1", "7"])
def test_a_file_that_is_no_mapping(text: str) -> None:
    with pytest.raises(RequestError, match=r"mine\.yaml, line 1, the file: found input should be a valid dictionary"):
        parse(text, "mine.yaml")


def test_an_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="No such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(RequestError, match="readable YAML file in UTF-8"):
        load(tmp_path / "bad.yaml")


def test_choose_takes_the_first_that_fits() -> None:
    funds, sample, simulated = shipped()
    assert choose(panel({"IWM": ("close", FULL), "SPY": ("close", FULL)})) is funds
    assert choose(panel({"SIM_SMALL": ("close", FULL), "SIM_LARGE": ("close", FULL)})) is simulated
    everything = dict.fromkeys(("SIM_SMALL", "SIM_LARGE", "SMALL", "LARGE", "IWM"), ("total", FULL))
    assert choose(panel(everything)) is sample


def test_choose_names_what_is_missing() -> None:
    with pytest.raises(
        DataError, match=r"Size rotation lacks SPY; .*monthly sample lacks SMALL and LARGE; .*SIM_SMALL"
    ):
        choose(panel({"IWM": ("close", FULL)}))


def test_reach_is_the_last_session_both_have() -> None:
    funds, sample, _ = shipped()
    short: list[float | None] = [1.0, 2.0, 3.0, None]
    assert reach(panel({"IWM": ("close", FULL), "SPY": ("close", short)}), funds) == date(2023, 12, 28)
    assert reach(panel({"IWM": ("close", FULL), "SPY": ("total", FULL)}), funds) is None
    assert reach(panel({"IWM": ("close", FULL)}), funds) is None
    mine = parse(BOOK, "mine.yaml")  # insists on SPY.total
    assert reach(panel({"IJR": ("total", FULL), "SPY": ("total", short)}), mine) == date(2023, 12, 28)
    assert reach(panel({"IJR": ("close", FULL), "SPY": ("close", FULL)}), mine) is None
    assert (
        reach(panel({"IWM": ("close", [None, 1.0, None, None]), "SPY": ("close", [1.0, None, 1.0, 1.0])}), funds)
        is None
    )
    months = {"SMALL": ("total", [1.0, None, None, None]), "LARGE": ("total", FULL)}
    assert reach(panel(months, "month"), sample) == date(2023, 9, 29)
