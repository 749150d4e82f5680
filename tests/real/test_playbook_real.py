"""Cards of the real market as of five dates: key numbers worked out from the files by hand, and nothing from later."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel
from leadline.judgement.playbook import names_of, shipped
from leadline.judgement.playbook.card import Card, read_card
from leadline.judgement.playbook.document import as_json, canonical
from leadline.judgement.playbook.evidence import Evidence
from leadline.judgement.playbook.inputs import inputs_of
from leadline.judgement.playbook.rotation import read_rotation
from leadline.judgement.walkforward.replay import replay

RULES = shipped()[0]
#: from the files by hand, plain arithmetic on closes (adj_close for .total): IWM/SPY over 6, 63 and 252 sessions and
#: against its 200-session mean; IWM below its record; volume, 10 over 252 sessions; RSP/SPY, IWC/IWM, MAGS/SPY over 63
VALUES = {
    "2024-07-16": (0.09151, 0.02452, -0.06728, 0.00625, -0.07404, 0.0125, -0.04429, 0.00727, 0.10207),
    "2024-07-29": (0.03049, 0.04292, -0.05026, 0.03056, -0.08588, 0.3627, -0.02292, 0.01063, 0.06522),
    "2025-06-27": (-0.00139, -0.02879, -0.04805, -0.05488, -0.11164, 0.2093, -0.04289, 0.05138, 0.07050),
    "2025-09-26": (-0.01364, 0.04062, -0.05788, 0.00975, -0.01430, 0.4337, -0.02991, 0.04290, 0.07442),
    "2026-01-14": (0.02992, 0.01842, 0.02024, 0.06310, 0.0, 0.0128, 0.01225, 0.01719, -0.00644),
}
KEYS = ("thrust", "strength", "year_strength", "trend", "record", "volume", "equal_weight", "micro_caps", "giants")
#: rank of the six-session move in its past, how many; sectors above their 50-day average; place among the sectors
RANKS = {
    "2024-07-16": (1, 6065, 10, 2),
    "2024-07-29": (181, 6074, 9, 2),
    "2025-06-27": (3430, 6303, 8, 6),
    "2025-09-26": (5262, 6366, 9, 1),
    "2026-01-14": (207, 6441, 10, 5),
}
#: the record close of IWM and its day
RECORDS = {
    "2024-07-16": ("2021-11-08", 242.56),
    "2024-07-29": ("2021-11-08", 242.56),
    "2025-06-27": ("2021-11-08", 242.56),
    "2025-09-26": ("2025-09-18", 244.84),
    "2026-01-14": ("2026-01-14", 263.19),
}
REGIMES = {
    "2024-07-16": "rotation attempt",
    "2024-07-29": "rotation attempt",
    "2025-06-27": "divergence",
    "2025-09-26": "confirmed small-cap leadership",
    "2026-01-14": "confirmed small-cap leadership",
}


def panel(home: Path, cut: date | None = None) -> Panel:
    meaning = names_of(RULES, None)
    named = {one.name for formula in RULES.formulas for one in inputs_of(formula, meaning).all if not one.stocks}
    return read(home, cut, series=named | {one.name for one in (*RULES.board_sizes, *RULES.sectors)})


def lines(card: Card) -> dict[str, Evidence]:
    return {line.key: line for line in (*card.in_favour, *card.against, *card.silent, *card.missing)}


@pytest.mark.parametrize("day", list(VALUES))
def test_the_key_numbers_are_those_of_the_files(home: Path, day: str) -> None:
    card = read_card(panel(home, date.fromisoformat(day)), RULES)
    found = lines(card)
    for key, expected in zip(KEYS, VALUES[day], strict=True):
        assert found[key].value == pytest.approx(expected, abs=6e-5), key
    rank, n, above, place = RANKS[day]
    assert (found["thrust"].rank, found["thrust"].n) == (rank, n)
    assert found["sector_breadth"].value == pytest.approx(above / 11)
    assert found["sector_rank"].value == place
    when, top = RECORDS[day]
    assert (found["record"].day, found["record"].level) == (date.fromisoformat(when), pytest.approx(top, abs=0.005))
    assert card.regime == REGIMES[day]
    assert card.version > 0


def test_the_cards_say_what_stood_out(home: Path) -> None:
    thrust = read_card(panel(home, date(2024, 7, 16)), RULES)
    assert thrust.headline == (
        "Small caps beat large caps by 9.2 % in six sessions, the highest of 6,065 values since 2000-06-06."
    )
    assert {"equal_weight", "synchronisation", "curve"} <= {line.key for line in thrust.against}
    divergence = read_card(panel(home, date(2025, 6, 27)), RULES)
    assert divergence.headline == (
        "Large caps are near their high of a year; small caps are 11.1 points further below theirs."
    )
    assert divergence.action == "No action"
    record = read_card(panel(home, date(2026, 1, 14)), RULES)
    assert record.headline == "Small caps are at or near their record of 263.19, made on 2026-01-14."
    assert {"retest", "breakout", "overhead", "equal_weight"} <= {line.key for line in record.in_favour}
    assert lines(record)["retest"].day == date(2026, 1, 8)
    for card in (thrust, divergence, record):
        for chance in card.chances:
            assert chance.verdict == "no better than the base rate"
            assert chance.said == chance.base_rate.rate
            assert chance.score.low is not None
            assert chance.score.low < 0 < chance.base_rate.effective_n


def test_what_was_known_of_rates_and_credit(home: Path) -> None:
    """On 2024-07-16 the newest values known at the close are of the day before: curve -0.21 and spread 3.13."""
    found = lines(read_card(panel(home, date(2024, 7, 16)), RULES))
    assert found["curve"].value == pytest.approx(-0.21)
    assert found["high_yield"].value == pytest.approx(3.13)
    assert found["unemployment"].level == pytest.approx(4.1)
    assert found["unemployment"].value == pytest.approx(0.3)


def test_what_has_ended_is_named_and_has_no_number(home: Path) -> None:
    """On 2026-08-21 the mid-cap fund has ended on 2026-06-05, the giants' on the day before."""
    card = read_card(panel(home), RULES)
    found = lines(card)
    assert card.as_of == date(2026, 8, 21)
    assert found["mid_caps"].sentence == "Missing: MDY ends 2026-06-05."
    assert found["giants"].why == "MAGS.total ends 2026-08-20"
    assert all(line.value is None for line in card.missing)
    assert ("MDY", date(2026, 6, 5)) in card.coverage.stale


def test_cards_of_the_past_are_those_of_their_day(home: Path) -> None:
    """Off one panel and off one cut there, byte for byte; and the numbers of a ledger read that day are the same."""
    whole = panel(home, date(2026, 1, 14))
    days = [date(2001, 9, 10), date(2009, 3, 9), date(2020, 3, 23), date(2024, 7, 16), date(2025, 9, 26)]
    for day, card in zip(days, replay(whole, RULES, None, days), strict=True):
        assert canonical(as_json(card)) == canonical(as_json(read_card(whole.truncate(day), RULES))), day
        then = read_card(panel(home, day), RULES)
        assert (then.regime, then.headline) == (card.regime, card.headline)
        assert {key: (line.reading, line.rank, line.n) for key, line in lines(then).items()} == {
            key: (line.reading, line.rank, line.n) for key, line in lines(card).items()
        }


def test_the_rotation_map_of_january_2026(home: Path) -> None:
    tails = {tail.symbol: tail for tail in read_rotation(panel(home, date(2026, 1, 14)), RULES)}
    assert len(tails) == 15
    assert {tails[name].quadrant for name in ("IWM", "XLI", "XLB")} == {"leading"}
    assert tails["XLK"].quadrant == "lagging"
    assert all(len(tail.points) == 10 for tail in tails.values())
