from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import pytest

from leadline.judgement.playbook import Playbook, choose
from leadline.publish.brief import Brief, build, charts, html, markdown, render, terminal, words
from leadline.publish.look.drawing import Chart

from .panels import daily, market, monthly, sample

VOID = {"meta", "br", "hr", "img", "link", "input", "col"}


def made(columns: dict[str, dict[str, list[float | None]]] | None = None) -> tuple[Brief, tuple[Chart, ...]]:
    if columns is None:
        return usual()
    panel = daily(columns)
    brief = build(panel, choose(panel))
    return brief, charts.charts(brief)


@cache
def usual() -> tuple[Brief, tuple[Chart, ...]]:
    panel = daily(market())
    brief = build(panel, choose(panel))
    return brief, charts.charts(brief)


@cache
def whole_page() -> str:
    """The page with every drawing, as it is written."""
    return render(usual()[0])["brief.html"].decode()


def page_of(brief: Brief) -> str:
    """The page without drawings."""
    return html.page(brief, (), {}, charts.undrawn(brief))


class Tags(HTMLParser):
    """Checks that tags nest, and gathers ids, headings and every attribute value."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_is_self_contained_and_small() -> None:
    page = whole_page()
    assert "http" not in page
    assert "<script" not in page
    assert "@import" not in page
    assert not re.search(r"\b(src|srcset|action|data)=", page)
    assert all(link.startswith("#") for link in re.findall(r"\bhref=\"([^\"]*)\"", page))
    assert not re.findall(r"url\((?!#)", page)
    assert len(page.encode()) < 3_000_000


def test_page_nests_and_is_accessible() -> None:
    tags = Tags()
    tags.feed(whole_page())
    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))
    assert {"header", "main", "h1", "figure", "figcaption", "table", "caption", "details", "summary"} <= set(tags.seen)
    assert tags.seen.count("h1") == 1
    assert tags.seen.count("caption") == tags.seen.count("table")
    assert ("html", "lang", "en") in tags.attributes
    assert all(any(one == ("th", "scope", scope) for one in tags.attributes) for scope in ("col", "row", "rowgroup"))
    drawings = [value for tag, name, value in tags.attributes if tag == "svg" and name == "aria-label"]
    assert len(drawings) == 10  # five charts, for a desk and for a phone
    assert all(drawings)


def test_page_says_what_the_record_says() -> None:
    brief, _ = made()
    page = re.sub(r"<[^>]+>", "", page_of(brief)).replace("\N{NO-BREAK SPACE}", " ")
    assert brief.headline in page
    assert brief.banner in page
    for row in brief.board:
        for period, figure in row.strength.items():
            assert figure.formula in page
            assert f"{row.rank[period]}/16" in page
            assert words.percent(figure.value) in page
    for _, figure in words.ratio_rows(brief):
        assert words.percent(figure.value) in page


def test_page_reads_in_light_dark_and_print() -> None:
    page = whole_page()
    for rule in ("prefers-color-scheme: dark", "@media print", "max-width: 640px", "tabular-nums"):
        assert rule in page


def test_sample_and_simulated_are_marked_in_every_rendering() -> None:
    panel = monthly(sample(), standing="sample")
    brief = build(panel, choose(panel))
    drawn = charts.charts(brief)
    for text in (page_of(brief), markdown.text(brief, drawn), terminal.text(brief)):
        assert "SAMPLE" in text
    invented = daily(market(), standing="simulated")
    brief = build(invented, choose(invented))
    drawn = charts.charts(brief)
    for text in (page_of(brief), markdown.text(brief, drawn), terminal.text(brief), drawn[0].footer):
        assert "SIMULATED" in text


def test_names_are_escaped() -> None:
    panel = daily(market())
    book = choose(panel)
    nasty = book.model_copy(update={"title": "<b>x</b> & |*_`"})
    assert isinstance(nasty, Playbook)
    small = book.roles["small"].model_copy(update={"label": '<i>"S" & co|'})
    nasty = nasty.model_copy(update={"roles": {**book.roles, "small": small}})
    brief = build(panel, nasty)
    drawn = charts.charts(brief)
    page = page_of(brief)
    assert "<b>x" not in page
    assert "<i>" not in page
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    board = markdown.text(brief, drawn).split("## Strength board")[1]
    assert '\\<i\\>"S" & co\\|' in board


def test_what_is_missing_is_said_everywhere() -> None:
    columns = market()
    columns["SPY"] = {field: [*column[:-1], None] for field, column in columns["SPY"].items()}
    brief, drawn = made(columns)
    for text in (page_of(brief), markdown.text(brief, drawn), terminal.text(brief)):
        plain = re.sub(r"<[^>]+>", "", text).replace("\n", " ")
        assert "SPY.total ends 2024-07-15" in plain
    assert "The chart of the ratio is left out: IWM/SPY cannot be measured" in page_of(brief)
    assert "charts/ratio.png" not in markdown.text(brief, drawn)


def test_terminal_fits_and_is_plain_when_piped() -> None:
    brief, _ = made()
    text = terminal.text(brief)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "\x1b" not in text
    assert terminal.text(brief, width=300) == text
    assert "\x1b[" in terminal.text(brief, colour=True)
    assert re.search(r"^Small caps +IWM +total return +\+0\.3 % +15 ", text, re.MULTILINE)  # 1.00015 ** 21 - 1


@pytest.mark.parametrize(("width", "ranks"), [(100, True), (97, True), (80, True), (60, False)])
def test_a_narrow_terminal_cuts_no_number(width: int, ranks: bool) -> None:
    brief, _ = made()
    text = terminal.text(brief, width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    for row in brief.board:
        line = next(line for line in text.splitlines() if f" {row.symbol} " in line)
        for period, figure in row.strength.items():
            said = f"{words.percent(figure.value)}"
            assert re.search(rf"{re.escape(said)} +{row.rank[period]}\b" if ranks else re.escape(said), line)


def test_great_moves_and_long_names_cut_no_number() -> None:
    columns = {name: {"total": [1.0] * 253 + [13.345]} for name in market()}
    columns |= {
        name: {"close": fields["total"], **fields} for name, fields in columns.items() if name in ("IWM", "SPY")
    }
    text = terminal.text(made(columns)[0])
    assert text.count("+1234.5 %") >= 16 * 4
    assert max(len(line) for line in text.splitlines()) <= 100


def test_terminal_signs_and_dashes() -> None:
    columns = market()
    columns["IWM"] = {"close": [100.0] * 299 + [98.5], "total": [100.0] * 299 + [98.5]}
    columns["XLY"] = {"total": [10.0] * 299 + [None]}
    text = terminal.text(made(columns)[0])
    assert re.search(r"^Small caps +IWM +total return +-1\.5 % +15 ", text, re.MULTILINE)
    assert re.search(r"^Discretionary +XLY +total return +- +- +- +- +- +- +- +-$", text, re.MULTILINE)


def test_markdown_links_its_charts_and_has_whole_tables() -> None:
    brief, drawn = made()
    text = markdown.text(brief, drawn)
    assert re.findall(r"!\[[^\]]+\]\((.+?)\)", text) == [f"charts/{chart.name}.png" for chart in drawn]
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1
    assert text.count("\n# ") == 1


@pytest.mark.parametrize(
    ("last", "said"),
    [(1.0, "stand at a record"), (0.9, "stand 10.0 % below their record of 2024-07-15")],
)
def test_headline_speaks_of_the_record(last: float, said: str) -> None:
    columns = market()
    columns["IWM"]["close"] = [*([1.0] * 299), last]
    columns["SPY"]["close"] = [1.0] * 300
    brief, _ = made(columns)
    assert said in brief.findings["lead"]
    assert said in brief.findings["ratio"]
