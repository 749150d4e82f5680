from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from leadline.judgement.claims import Checked, check
from leadline.judgement.claims.rulings import WORDS
from leadline.publish.claims import as_json, html, markdown, record, terminal
from leadline.publish.claims.charts import SMALL, charts
from leadline.publish.look.drawing import specification

from ...judgement.claims.market import CLOSE, NAMES, SESSIONS, commentary, panel  # noqa: TID252 - tests are no package

VOID = {"meta", "br", "hr", "img", "link", "input"}
CLAIMS = (
    "kind: value\nformula: change(IWM, 6d)\nstates: 15.2%",
    "kind: condition\nreadings:\n  fund: streak(change(IWM, 1d) > 0) >= 6\n  index: streak(change(^RUT, 1d) > 0) >= 6",
    "kind: rarity\nformula: change(IWM, 6d)\nsigma: 3\npercentile: 99.3%",
    "kind: study\nevent: change(IWM, 1d) > 0.5%\nthen: IWM\nover: [5d, 10d]",
    "kind: untestable\nreason: nobody knows\nneeds: a | b",
    "kind: condition\nformula: IWM > 500",
)


@pytest.fixture(scope="module")
def checked() -> Checked:
    extra = "card: {action: wait, risk: high}\nfollow: [IWM/SPY]\n"
    return check(commentary(*CLAIMS, extra=extra), panel(), NAMES)


@pytest.fixture(scope="module")
def with_later() -> Checked:
    written = commentary(*CLAIMS, as_of=SESSIONS[-7], extra="follow: [IWM/SPY]\n")
    return check(written, panel(), NAMES, later=panel())


class Tags(HTMLParser):
    """Checks that tags nest; gathers ids and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name == "href" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_json_has_the_keys_of_the_contract_and_nothing_but_json(checked: Checked) -> None:
    found = json.loads(json.dumps(as_json(checked), allow_nan=False))
    assert {"title", "as_of", "rulings"} <= set(found)
    assert found["as_of"] == CLOSE.isoformat()
    assert all({"claim", "states", "measured", "ruling", "why"} <= set(one) for one in found["rulings"])
    first, second, third, fourth, fifth, last = found["rulings"]
    assert (first["claim"], first["states"], first["ruling"]) == ("claim 0", 0.152, "off")
    assert first["measured"] == pytest.approx(0.11)
    assert [one["label"] for one in second["readings"]] == ["fund", "index"]
    assert third["states"] == {"sigma": 3.0, "percentile": 0.993}
    assert fourth["readings"][0]["findings"][0]["horizon"] == "5d"
    assert (fifth["measured"], fifth["states"], fifth["needs"]) == (None, None, "a | b")
    assert (last["measured"], last["states"], last["ruling"]) == (False, True, "refuted")
    assert found["card"] == {"action": "wait", "risk": "high"}
    assert found["counts"] == {
        "off": 1,
        "depends on the proxy": 1,
        fourth["ruling"]: 1,
        "refuted": 1,
        "contradicts itself": 1,
        "untestable": 1,
    }
    assert found["standing"] == "simulated"


def test_the_terminal_is_plain_and_never_wider_than_100(checked: Checked) -> None:
    plain, narrow = terminal.text(checked), terminal.text(checked, width=72)
    assert "\x1b" not in plain
    assert max(len(line) for line in plain.splitlines()) <= 100
    assert max(len(line) for line in narrow.splitlines()) <= 72
    assert "\x1b[" in terminal.text(checked, colour=True)
    assert re.search(r"^~ off +claim 0 +15\.2 % +\+11\.0 %$", plain, re.MULTILINE)
    assert re.search(r"^x refuted +claim 5 +holds +111\.00$", plain, re.MULTILINE)
    assert re.search(r"^! contradicts itself +claim 2", plain, re.MULTILINE)
    assert "needs a | b" in plain
    assert re.search(r"^action: +wait$", plain, re.MULTILINE)
    assert "What happened since" not in plain


def test_every_ruling_has_a_mark_and_the_words_are_those_of_the_contract() -> None:
    assert set(record.MARKS) == set(WORDS)
    assert set(WORDS) == {
        "confirmed",
        "off",
        "refuted",
        "supported",
        "not distinguishable",
        "contrary",
        "too few to say",
        "contradicts itself",
        "depends on the proxy",
        "untestable",
    }


def test_markdown_has_a_row_a_claim_and_escapes_what_it_must(checked: Checked) -> None:
    text = markdown.text(checked)
    assert "| claim 0 | 15.2 % | +11.0 % | **off** |" in text
    assert "needs a \\| b" in text
    rows = [line for line in text.splitlines() if line.startswith("| claim ") and "**" in line]
    assert len(rows) == 6
    assert text.endswith("\n")


def test_the_page_is_self_contained_nests_and_leads_to_every_claim(checked: Checked) -> None:
    page = html.page(checked)
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
    assert not re.search(r"\b(src|srcset|action|data)=", page)
    assert "@import" not in page
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))
    inside = [link.removeprefix("#") for link in tags.links if link.startswith("#")]
    assert {f"c{at}" for at in range(6)} <= set(inside) <= set(tags.ids)
    assert page == html.page(checked)


def test_hostile_words_stay_words() -> None:
    written = commentary("kind: untestable\nreason: <script>alert(1)</script>\nneeds: '[x](y)'")
    found = check(written, panel(), NAMES)
    assert "<script>alert" not in html.page(found)
    assert "\\<script\\>" in markdown.text(found)
    assert "<script>alert(1)</script>" in terminal.text(found)


def test_charts_stand_beside_figures_and_rarities(checked: Checked) -> None:
    drawn = charts(checked)
    assert set(drawn) == {"c0", "c1", "c2", "c5"}
    assert "dashed: +15.2 %, as stated" in drawn["c0"].subtitle
    assert drawn["c2"].subtitle.startswith("All past values of change(IWM, 6d)")
    assert drawn["c0"].title == "claim 0: off"
    assert html.page(checked).count('role="img"') == 4


def test_bars_of_a_rarity_stand_on_nothing_and_reach_their_count(checked: Checked) -> None:
    spec = specification(charts(checked)["c2"], SMALL)
    bars = next(one for one in spec["layer"] if one["mark"]["type"] == "bar")
    rows = spec["datasets"][bars["data"]["name"]]
    assert bars["encoding"]["y2"] == {"datum": 0}
    assert bars["encoding"]["y"]["scale"]["domain"] == [0, max(row["count"] for row in rows)]


def test_what_happened_since_is_marked_everywhere(with_later: Checked) -> None:
    plain, text, page = terminal.text(with_later), markdown.text(with_later), html.page(with_later)
    for found in (plain, text, page):
        assert "not known to the author, no part of any ruling" in " ".join(found.split()).replace("\\", "")
        assert "since: " in found
    said = as_json(with_later)
    assert said["later"] == CLOSE.isoformat()
    assert said["since"][0]["formula"] == "IWM/SPY"
    assert said["as_of"] == SESSIONS[-7].isoformat()


def test_simulated_and_empty_standings_are_told(checked: Checked) -> None:
    assert terminal.text(checked).startswith("SIMULATED")
    assert record.banner(replace(checked, standings=("files", "sample"))).startswith("SAMPLE")
    assert record.standing(replace(checked, standings=())) == "nothing"
