from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from leadline.judgement.playbook import Playbook, choose
from leadline.publish.brief import (
    Brief,
    as_json,
    build,
    charts,
    html,
    markdown,
    render,
    sides,
    telling,
    terminal,
    words,
)
from leadline.publish.brief.followed import apart
from leadline.publish.look import theme
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


def test_paper_cuts_no_column_and_leaves_no_heading_alone() -> None:
    (paper,) = re.findall(r"@media print \{(.*?)\n\}", whole_page(), re.DOTALL)
    assert ".scroll { overflow: visible; }" in paper, "what scrolls on a screen is cut on paper"
    assert re.search(r"th, td[^{]*\{[^}]*white-space: normal", paper)
    assert re.search(r"h2, h3[^{]*\{ break-after: avoid", paper)
    whole = re.findall(r"([^{}]*)\{ break-inside: avoid", paper)[0]
    assert ".card" not in whole, "an open card is longer than a page and would leave the first one empty"


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
        assert re.search(r"SPY\.total(,| and)? (SPY )?ends? 2024-07-15|SPY, SPY\.total end 2024-07-15", plain)
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


def test_headings_follow_each_other_without_a_gap() -> None:
    levels = [int(one) for one in re.findall(r"<h([1-6])\b", whole_page())]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_every_table_names_itself_its_columns_and_its_rows() -> None:
    page = whole_page()
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) >= 4
    for table in tables:
        assert "<caption>" in table
        assert "<th>" not in table, "each heading says what it is the heading of"
        assert set(re.findall(r'<th scope="(\w+)"', table)) <= {"col", "row", "rowgroup"}
        for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL):
            assert '<th scope="' in row


def test_what_scrolls_can_be_reached_with_the_keyboard_and_has_a_name() -> None:
    boxes = re.findall(r'<div class="scroll"[^>]*>', whole_page())
    assert boxes
    for box in boxes:
        assert re.search(r'tabindex="0" role="region" aria-label="[^"]+"', box), box


def test_no_two_regions_have_one_name_and_no_picture_inside_a_drawing_is_nameless() -> None:
    page = whole_page()
    named = re.findall(r'role="region" aria-label="([^"]+)"', page)
    assert len(named) == len(set(named)) > 3
    assert "<svg role=" in page
    assert 'role="graphics' not in page
    assert "aria-roledescription" not in page


def test_a_rank_says_how_many_could_not_be_ranked() -> None:
    columns = market()
    for name in ("XLF", "XLK"):
        columns[name] = {field: [*values[:-1], None] for field, values in columns[name].items()}
    brief, _ = made(columns)
    assert f" of {brief.ranked['3mo']} (2 have no number)" in brief.findings["lead"]
    whole, _ = made()
    assert "no number" not in whole.findings["lead"]


def test_sections_are_named_by_headings_that_are_there() -> None:
    page = whole_page()
    named = re.findall(r'<section [^>]*aria-labelledby="([^"]+)"', page)
    assert len(named) == page.count("<section ")
    for name in named:
        assert f'id="{name}"' in page
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{target}"' in page


def luminance(colour: str) -> float:
    """Relative luminance of a colour in hexadecimal, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def page_colours() -> list[dict[str, str]]:
    """The page's colours by name: in the light, and in the dark."""
    roots = re.findall(r":root \{([^}]*--warn[^}]*)\}", whole_page())
    assert len(roots) == 2
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", root)) for root in roots]


def test_contrast_is_measured_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the published example of a near miss


def test_text_has_the_contrast_of_level_aa_in_the_light_and_in_the_dark() -> None:
    for colours in page_colours():
        for ground in ("page", "soft"):
            for text in ("ink", "muted", "strong", "event"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert contrast(colours["warn-ink"], colours["warn"]) >= 4.5


def test_charts_have_contrast_too_texts_as_text_and_marks_as_marks() -> None:
    light, dark = page_colours()
    for colour in (theme.INK, theme.MUTED, theme.STRONG, theme.EVENT_INK):
        assert contrast(colour, light["page"]) >= 4.5
        assert contrast(theme.DARK[colour], dark["page"]) >= 4.5
    for colour in (theme.REST, theme.EVENT):
        assert contrast(colour, light["page"]) >= 3
        assert contrast(theme.DARK[colour], dark["page"]) >= 3
    texts = set(re.findall(r'<text [^>]*fill="(#[0-9a-f]{6})"', whole_page()))
    assert texts <= {theme.INK, theme.MUTED, theme.STRONG, theme.EVENT_INK}


def test_series_that_end_on_one_day_are_named_together() -> None:
    columns = market()
    for name in ("XLF", "XLK", "XLY"):
        columns[name] = {field: [*values[:-1], None] for field, values in columns[name].items()}
    brief, _ = made(columns)
    (notice,) = (one for one in brief.notices if "XLK" in one)
    assert re.fullmatch(r"XLF\.total, XLK\.total and XLY\.total end \S+, before the cut, \S+; their numbers .*", notice)


def test_the_card_names_what_is_stale_once_for_each_day_and_says_what_is_not_known() -> None:
    brief, _ = made()
    coverage = replace(
        brief.card.coverage, present=("A",), stale=(("B", "2024-07-01"), ("C", "2024-07-01"), ("D", "2024-07-02")),
        missing=("E",), assumed=("A",),
    )  # fmt: skip
    unknown = ("participation: B ends 2024-07-01", "participation: C ends 2024-07-01", "short covering: no data")
    durability = replace(brief.card.durability, lasting=("x",), bounce=(), unknown=unknown, leaning="lasting")
    card = replace(brief.card, coverage=coverage, durability=durability)
    assert telling.coverage(card) == (
        "1 of 5 inputs present; stale: B, C (end 2024-07-01), D (ends 2024-07-02); missing: E; "
        "release dates assumed for 1 of them."
    )
    assert telling.durability(card) == (
        "Rather lasting: 1 line speaks for a lasting change, none for a bounce; unknown: participation "
        "(B, C end 2024-07-01), short covering (no data)."
    )
    gone = "; ".join(f"{name} has no value" for name in "ABCDEF")
    nothing = replace(durability, unknown=(f"participation: {gone}; no stocks in the ledger", "credit: G has no value"))
    assert telling.durability(replace(card, durability=nothing)).endswith(
        "participation (A, B, C, D and 2 more have no value; no stocks in the ledger), credit (G has no value)."
    )
    told = as_json(replace(brief, card=card))["card"]
    assert told["coverage"]["sentence"] == telling.coverage(card), "one wording in the document and on the page"
    assert told["durability"]["sentence"] == telling.durability(card)


def on_stocks() -> Brief:
    """The brief with the first two lines of either side resting on stocks, one of each on others than the rest."""
    brief, _ = made()
    lines = (*brief.card.in_favour, *brief.card.against, *brief.card.silent)
    one, other, third = (
        replace(line, sentence=f"Line {at}. {stocks}", stocks=stocks)
        for at, (line, stocks) in enumerate(
            zip(lines[:3], ["Members as of 2024-06-28."] * 2 + ["Every stock of A. Survivors only."], strict=True)
        )
    )
    card = replace(brief.card, in_favour=(one, other), against=(third,), headline=one.sentence)
    return replace(brief, card=card)


def test_members_of_groups_are_said_once_for_all_lines() -> None:
    brief = on_stocks()
    assert sides.members(brief.card) == (
        "Members as of 2024-06-28 (2 lines); every stock of A. Survivors only (1 line)."
    )
    assert sides.headline(brief.card) == "Line 0."
    for text in (markdown.text(brief, ()), terminal.text(brief)):
        assert text.count("embers as of 2024-06-28") == 1
        assert "Survivors only" in text
    page = re.sub(r"<[^>]+>", "", page_of(brief))
    assert page.count("Groups of stocks. Members as of 2024-06-28 (") == 1
    assert page.count("Members as of 2024-06-28.") == 2, "and where a line is opened"


def test_no_word_of_members_where_no_line_rests_on_stocks() -> None:
    brief, _ = made()
    assert sides.members(brief.card) == ""
    assert "Groups of stocks" not in markdown.text(brief, ()) + page_of(brief)
    assert "\nStocks " not in terminal.text(brief)


def test_folded_lines_stand_under_their_topics_strongest_first() -> None:
    brief, _ = made()
    line = brief.card.silent[0]
    a, b, c = (replace(line, key=key, topic=topic) for key, topic in (("a", "x"), ("b", "y"), ("c", "x")))
    assert sides.by_topic((a, b, c)) == (("x", (a, c)), ("y", (b,)))


def test_studies_that_are_not_true_now_are_folded_and_none_is_lost() -> None:
    brief, _ = made()
    studies = brief.followed
    assert len(studies) >= 2
    true_now, others = apart(studies)
    assert {one.key for one in (*true_now, *others)} == {one.key for one in studies}
    gone = tuple(replace(one, answer=None, why="gone") for one in studies)
    assert apart(gone) == (gone, ())
    assert telling.more(gone[:1]) == "1 more study, not answered"
    assert telling.more((*gone[:1], *[one for one in studies if one.answer is not None][:2])) == (
        "3 more studies, not true now (1 not answered)"
    )


def test_what_is_left_out_stands_high_up_and_plain_notes_at_the_end() -> None:
    brief, _ = made()
    calm = page_of(replace(brief, notices=("a note of the data",)))
    assert '<aside class="notices"' not in calm
    assert calm.index("1 note on the data") > calm.index('id="coverage"')
    columns = market()
    columns["XLK"] = {field: [*values[:-1], None] for field, values in columns["XLK"].items()}
    late = page_of(made(columns)[0])
    assert late.index('<aside class="notices"') < late.index('id="charts"')
    assert "15 of 16 present, 1 stale" in late
