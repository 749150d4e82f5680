"""Questions to the real ledger and to the sample, against loops over the files."""

from __future__ import annotations

import csv
import math
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import numpy as np
import pytest

from leadline import api
from leadline.data.feeds.sample import Sample
from leadline.data.ledger.write import pull
from leadline.inference.ask import Answer
from leadline.publish.evidence.documents import ask_document, persistence_document
from leadline.publish.evidence.fan import fan_chart
from leadline.publish.evidence.terminal import ask_text, lead_text, persistence_text

CUT = date(2026, 8, 21)
SECTORS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
Prices = dict[str, float]


def read(market: Path, symbol: str, column: str = "close") -> Prices:
    """One column of a price file by day, empty cells left out."""
    with (market / "prices" / f"{symbol}.csv").open() as file:
        return {row["date"]: float(row[column]) for row in csv.DictReader(file) if row[column]}


def ratio(market: Path) -> tuple[list[str], list[float]]:
    small, large = read(market, "IWM"), read(market, "SPY")
    days = [day for day in sorted(small) if day in large and day <= CUT.isoformat()]
    return days, [small[day] / large[day] for day in days]


def test_what_followed_is_the_loop_over_the_files(market: Path, home: Path) -> None:
    """Ten lines of loops: events, episodes at least 126 sessions apart, outcomes, and the same of every session."""
    days, values = ratio(market)
    event = [row for row in range(6, len(values)) if values[row] / values[row - 6] - 1 > 0.0498]
    starts = [row for at, row in enumerate(event) if at == 0 or row - event[at - 1] >= 126]
    after = {row: values[row + 126] / values[row] - 1 for row in range(6, len(values) - 126)}
    (answer,) = api.ask("change(IWM/SPY, 6d) > 4.98%", "IWM/SPY", "126d", home=home, as_of=CUT)
    assert [str(one.session) for one in answer.episodes] == [days[row] for row in starts]
    assert [one.outcomes["126d"] for one in answer.episodes] == pytest.approx([after.get(row) for row in starts])
    done = [row for row in starts if row in after]
    ways = [[values[row + step] / values[row] - 1 for step in range(1, 127)] for row in done]
    (finding,) = answer.findings
    assert (finding.episodes, finding.pending) == (len(done), len(starts) - len(done))
    assert finding.after.mean == pytest.approx(mean(after[row] for row in done))
    assert finding.after.median == pytest.approx(median(after[row] for row in done))
    assert finding.hit.hits == sum(after[row] > 0 for row in done)
    assert (finding.base.n, finding.base.mean) == (len(after), pytest.approx(mean(after.values())))
    assert finding.base.median == pytest.approx(median(after.values()))
    assert finding.base.hit_rate == pytest.approx(mean(one > 0 for one in after.values()))
    assert finding.worst == pytest.approx(min(min(way) for way in ways))
    assert finding.best == pytest.approx(max(max(way) for way in ways))
    assert answer.true_now is (len(values) - 1 in event)
    assert finding.tries >= 1
    _is_told(answer)


def _is_told(answer: Answer) -> None:
    text = ask_text(answer)
    assert max(map(len, text.splitlines())) <= 100
    assert f"{len(answer.episodes)} separate episodes since" in text
    assert ask_document(answer)["findings"][0]["verdict"] == answer.findings[0].verdict
    steps = int(answer.findings[0].horizon.rstrip("dmo"))
    assert fan_chart(answer, steps).title


def test_overlapping_windows_change_the_naive_verdict(market: Path, home: Path) -> None:
    """Taken session by session the difference is thirteen standard errors; the episodes do not bear it out."""
    days, values = ratio(market)
    broad = read(market, "SPY")
    (answer,) = api.ask("change(IWM/SPY, 63d) > 5%", "SPY", "126d", home=home, as_of=CUT)
    rows = range(63, len(values) - 126)
    after = {row: broad[days[row + 126]] / broad[days[row]] - 1 for row in rows}
    split = [
        [after[row] for row in rows if (values[row] / values[row - 63] - 1 > 0.05) is side] for side in (True, False)
    ]
    n, m = map(len, split)
    pooled = sum(sum((one - mean(side)) ** 2 for one in side) for side in split) / (n + m - 2)
    t = (mean(split[0]) - mean(split[1])) / math.sqrt(pooled * (1 / n + 1 / m))
    (finding,) = answer.findings
    assert finding.overlap.sessions == n
    assert finding.overlap.t_naive == pytest.approx(t, rel=1e-6)
    assert t < -10
    assert finding.overlap.t_hac is not None
    assert abs(finding.overlap.t_hac) < 1.96
    assert finding.overlap.effective_n < n / 20
    assert finding.verdict == "not distinguishable"


def test_sectors_that_led_on_the_real_ledger(market: Path, home: Path) -> None:
    """The strongest of eleven over 63 sessions, and the best over the next 63, date by date from the files."""
    axis = [day for day in sorted(read(market, "SPY")) if day <= CUT.isoformat()]
    totals = {name: read(market, name, "adj_close") for name in SECTORS}
    hits, chances, spreads = [], [], []
    for row in range(63, len(axis) - 63):
        before, today, later = axis[row - 63], axis[row], axis[row + 63]
        found = [
            (prices[today] / prices[before] - 1, prices[later] / prices[today] - 1)
            for prices in totals.values()
            if before in prices and today in prices and later in prices
        ]
        if len(found) >= 3:
            leader = max(found)
            hits.append(leader[1] == max(then for _, then in found))
            chances.append(1 / len(found))
            spreads.append(leader[1] - mean(then for past, then in found if past != leader[0]))
    answer = api.persistence("sectors", "change(total, 63d)", "63d", home=home, as_of=CUT)
    views = {view.name: view for view in answer.views}
    assert answer.every.dates == len(hits)
    assert views["leads again"].estimate == pytest.approx(mean(hits))
    assert views["leads again"].chance == pytest.approx(mean(chances))
    assert views["top minus rest"].estimate == pytest.approx(mean(spreads))
    assert answer.separate is not None
    assert len(hits) / 63 - 1 < answer.separate.dates < len(hits) / 63 + 1
    assert max(map(len, persistence_text(answer).splitlines())) <= 100


@pytest.mark.parametrize(
    ("session", "thousands"),
    [
        (date(2009, 3, 31), -651),  # February 2009
        (date(2020, 6, 30), 2509),  # May 2020
        (date(2020, 7, 31), 4800),  # June 2020
        (date(2024, 9, 5), 114),  # July 2024
    ],
)
def test_payrolls_are_first_releases(home: Path, session: date, thousands: int) -> None:
    """The month's change in nonfarm payrolls as the Bureau of Labor Statistics first told it."""
    jobs = api.value("diff(FRED:PAYEMS, 1mo)", home=home, as_of=CUT)
    assert jobs.at(session) == pytest.approx(thousands)


def test_small_caps_against_payrolls_and_claims(market: Path, home: Path) -> None:
    days, values = ratio(market)
    ends = [row for row in range(len(days) - 1) if days[row][:7] != days[row + 1][:7]]
    moves = {days[b]: values[b] / values[a] - 1 for a, b in pairwise(ends)}
    for macro in ("FRED:PAYEMS", "FRED:ICSA"):
        answer = api.lead("IWM/SPY", macro, "3mo", 6, home=home, as_of=CUT)
        known = api.value(f"change({macro}, 1mo)", home=home, as_of=CUT)
        pairs = [(move, known.at(date.fromisoformat(day))) for day, move in moves.items()]
        both = np.array([(a, float(b)) for a, b in pairs if isinstance(b, float)])
        assert (answer.axis, answer.rows) == ("month", len(both))
        for lag in (0, 1, 6):
            mine = next(one.r for one in answer.found.correlations if one.lag == lag)
            assert mine == pytest.approx(np.corrcoef(both[: len(both) - lag, 0], both[lag:, 1])[0, 1])
        assert answer.forward.verdict in {"supported", "not distinguishable", "contrary"}
        assert max(map(len, lead_text(answer).splitlines())) <= 100


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that holds the sample."""
    home = tmp_path_factory.mktemp("sample")
    pull(home, Sample(), datetime(2026, 8, 22, tzinfo=UTC))
    return home


INDUSTRIES = (
    *("NODUR", "DURBL", "MANUF", "ENRGY", "CHEMS", "BUSEQ"),
    *("TELCM", "UTILS", "SHOPS", "HLTH", "MONEY", "OTHER"),
)


def test_after_the_smallest_beat_every_industry(sample: Path) -> None:
    """Over three months, since 1949: what followed over 3, 6 and 12 months, against loops over the portfolios."""
    panel = api.open_desk([f"{name}.total" for name in ("SMALL", *INDUSTRIES)], sample).panel
    totals = {name: panel.column(name, "total").to_list() for name in ("SMALL", *INDUSTRIES)}
    labels = panel.axis("month").to_list()
    small = totals["SMALL"]
    known = [row for row in range(3, len(labels)) if small[row] is not None and small[row - 3] is not None]

    def led(row: int) -> bool:
        others = (totals[name] for name in INDUSTRIES)
        return all(small[row] / small[row - 3] > other[row] / other[row - 3] for other in others)

    event = [row for row in known if led(row)]
    starts = [row for at, row in enumerate(event) if at == 0 or row - event[at - 1] >= 12]
    event_ = "leads(SMALL, sectors, change(total, 3mo))"
    (answer,) = api.ask(event_, "SMALL.total", "3mo,6mo,12mo", home=sample)
    assert answer.axis == "month"
    assert [str(one.session) for one in answer.episodes] == [labels[row].isoformat() for row in starts]
    assert labels[known[0]] == date(1949, 4, 30) == answer.since
    for finding, months in zip(answer.findings, (3, 6, 12), strict=True):
        after = {row: small[row + months] / small[row] - 1 for row in known if row + months <= known[-1]}
        done = [after[row] for row in starts if row in after]
        assert finding.horizon == f"{months}mo"
        assert finding.episodes == len(done) >= 8
        assert finding.after.mean == pytest.approx(mean(done))
        assert (finding.base.n, finding.base.mean) == (len(after), pytest.approx(mean(after.values())))
        assert finding.hit.hits == sum(one > 0 for one in done)
        assert finding.verdict == "not distinguishable"
    _is_told(answer)


def test_industries_keep_leading_from_month_to_month(sample: Path) -> None:
    """Moskowitz and Grinblatt (1999), Do industries explain momentum?: the strength of a year goes on for a month."""
    answer = api.persistence("sectors", "change(total, 12mo)", "1mo", home=sample)
    assert (answer.axis, len(answer.members)) == ("month", 12)
    assert {view.name: view.verdict for view in answer.views} == dict.fromkeys(
        ("leads again", "rank correlation", "slope", "top minus rest"), "supported"
    )
    quarter = api.persistence("sectors", "change(total, 3mo)", "3mo", home=sample)
    views = {view.name: view for view in quarter.views}
    assert views["rank correlation"].verdict == "supported"
    assert views["leads again"].verdict == "not distinguishable"
    assert quarter.separate is not None
    assert quarter.separate.dates == 271
    assert persistence_document(quarter)["views"][0]["verdict"] == "not distinguishable"
