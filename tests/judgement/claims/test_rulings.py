from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.judgement.claims import Checked, Ruling, check
from leadline.judgement.claims.model import ValueClaim
from leadline.judgement.claims.quantity import quantity
from leadline.judgement.claims.rulings import Histogram, Trace
from leadline.judgement.claims.values import verdict

from ...formula.panels import Maker, weekdays  # noqa: TID252 - tests are no package
from .market import CLOSE, NAMES, SESSIONS, commentary, maker, panel, quiet


def ruled(*claims: str, extra: str = "") -> tuple[Ruling, ...]:
    return check(commentary(*claims, extra=extra), panel(), NAMES).rulings


def value(formula: str, states: str, more: str = "") -> str:
    return f"kind: value\nformula: {formula}\nstates: {states}\n{more}"


@pytest.mark.parametrize(
    ("states", "more", "word"),
    [
        ("11%", "", "confirmed"),  # 11.0 % measured: 100 -> 111
        ("11.0%", "", "confirmed"),
        ("11.1%", "", "off"),
        ("11.1%", "within: 0.1%", "confirmed"),
        ("15.2%", "", "off"),  # 4.2 points, half of 15.2 is 7.6
        ("15.2%", "off_within: 4%", "refuted"),
        ("25%", "", "refuted"),
        ("-11%", "", "refuted"),
        ("5%", "", "refuted"),
    ],
)
def test_a_stated_figure(states: str, more: str, word: str) -> None:
    (found,) = ruled(value("change(IWM, 6d)", states, more))
    assert found.measured == pytest.approx(0.11)
    assert found.ruling == word
    assert found.readings[0].session == CLOSE
    picture = found.readings[0].picture
    assert isinstance(picture, Trace)
    assert picture.points[-1] == (CLOSE, pytest.approx(0.11))


@given(st.integers(-400, 400), st.integers(1, 400), st.integers(0, 50))
def test_the_bands_by_a_second_reading_of_the_rule(measured: int, stated: int, within: int) -> None:
    """In tenths of a percent, whole numbers, so that no rounding can decide."""
    claim = ValueClaim(
        key="x",
        says="x",
        kind="value",
        formula="IWM",
        states=quantity(f"{stated / 10:.1f}%"),
        within=quantity(f"{within / 10:.1f}%"),
    )
    apart, wide = abs(measured - stated), max(stated / 2, 2 * within)
    expected = "confirmed" if apart <= within else "off" if measured > 0 and apart <= wide else "refuted"
    assert verdict(claim, measured / 1000) == expected


def test_a_stated_day() -> None:
    formula = "last(change(IWM, 1d) > 3%)"  # 106 -> 110 on the third session from the end
    day = SESSIONS[-3]
    found = ruled(value(formula, f"{day}"), value(formula, f"{SESSIONS[-4]}"), value(formula, "2023-01-05"))
    assert [one.measured for one in found] == [day] * 3
    assert [one.ruling for one in found] == ["confirmed", "off", "refuted"]
    assert found[1].states == SESSIONS[-4].isoformat()
    (number,) = ruled(value(formula, "5"))
    assert (number.ruling, number.why) == ("untestable", f"{formula} gives a date, not a number")


def test_conditions_and_what_they_show() -> None:
    held, broken, denied = ruled(
        "kind: condition\nformula: change(IWM, 6d) > 10%",
        "kind: condition\nformula: any(change(IWM, 1d) > 5%, 6d)\nshows: highest(change(IWM, 1d), 6d)",
        "kind: condition\nformula: any(change(IWM, 1d) > 5%, 6d)\nholds: false",
    )
    assert (held.ruling, held.measured, held.readings[0].shown) == ("confirmed", True, "+11.0 %")
    assert (broken.ruling, broken.measured) == ("refuted", False)
    assert broken.readings[0].figures["value"] == pytest.approx(110 / 106 - 1)
    assert denied.ruling == "confirmed"
    assert isinstance(held.readings[0].picture, Trace)
    assert held.readings[0].picture.level == pytest.approx(0.10)


def test_readings_that_disagree_depend_on_the_proxy_and_all_are_shown() -> None:
    (found,) = ruled(
        "kind: condition\nreadings:\n"
        "  fund: streak(change(IWM, 1d) > 0) >= 6\n  index: streak(change(^RUT, 1d) > 0) >= 6"
    )
    assert found.ruling == "depends on the proxy"
    assert [(one.label, one.ruling) for one in found.readings] == [("fund", "refuted"), ("index", "confirmed")]
    assert "fund: does not hold" in found.why
    assert "index: holds" in found.why


def test_a_reading_that_cannot_be_measured_does_not_vote() -> None:
    (found,) = ruled("kind: condition\nreadings:\n  fund: change(IWM, 6d) > 10%\n  old: change(OLD, 6d) > 10%")
    assert found.ruling == "confirmed"
    assert [one.ruling for one in found.readings] == ["confirmed", "untestable"]


def test_what_is_missing_stale_or_no_condition_is_untestable_with_the_reason() -> None:
    missing, old, number, truth = ruled(
        value("change(IWX, 6d)", "5%"),
        value("OLD", "5"),
        "kind: condition\nformula: change(IWM, 6d)",
        value("IWM > 3", "5"),
    )
    assert [one.ruling for one in (missing, old, number, truth)] == ["untestable"] * 4
    assert missing.why == "IWX is not in this ledger"
    assert missing.needs == "values of IWX"
    assert old.why == f"OLD.close ends {SESSIONS[392]}, before {CLOSE}"
    assert number.why == "change(IWM, 6d) is a number, not a condition"
    assert truth.why == "IWM > 3 gives a truth, not a number"


def test_on_monthly_data_short_spans_need_daily_data() -> None:
    months = Maker(weekdays(900, date(2015, 1, 1)))
    count = len(months.months())
    months.price("IWM", "month", total=quiet(count)).price("SPY", "month", total=quiet(count))
    names = replace(NAMES, roles={"small": "IWM.total", "large": "SPY.total"})
    made = months.panel()
    found = check(
        commentary(
            value("change(small, 6d)", "5%"),
            value("change(^RUT, 6d)", "5%"),
            "kind: condition\nformula: change(small, 3mo) > -50%",
            as_of=made.cut,
        ),
        made,
        names,
    ).rulings
    assert [one.ruling for one in found] == ["untestable", "untestable", "confirmed"]
    assert found[0].why.startswith("needs daily data: span 6d on monthly data")
    assert found[1].why == "needs daily data: ^RUT is not in this ledger"


def test_a_stale_macro_series_is_untestable() -> None:
    made = maker().macro("FRED:X", [(date(2023, 1, 1), SESSIONS[30], 4.0), (date(2023, 2, 1), SESSIONS[50], 4.4)])
    claim = value("change(FRED:X, 1mo)", "10%")
    early = check(commentary(claim, as_of=SESSIONS[60]), made.panel(), NAMES).rulings[0]
    late = check(commentary(claim), made.panel(), NAMES).rulings[0]
    assert (early.ruling, early.measured) == ("confirmed", pytest.approx(0.1))
    assert late.ruling == "untestable"
    assert late.why == f"FRED:X is stale at {CLOSE}: the newest value known describes 2023-02-01"


def test_a_claim_may_speak_of_an_earlier_session() -> None:
    (found,) = ruled(value("change(IWM, 5d)", "12%", f"at: {SESSIONS[-2]}"))
    assert (found.ruling, found.measured) == ("confirmed", pytest.approx(0.12))
    assert found.readings[0].session == SESSIONS[-2]


def test_the_future_changes_nothing() -> None:
    """The same rulings from a panel that ends at the close, and from those that go on."""
    claims = (
        value("change(IWM, 2d)", "5%"),
        "kind: condition\nformula: IWM >= highest(IWM)",
        "kind: rarity\nformula: change(IWM, 2d)\nper_century: [1, 200]",
        "kind: study\nevent: change(IWM, 1d) > 0.5%\nthen: IWM\nover: [5d]",
    )
    close = SESSIONS[-5]
    written = commentary(*claims, as_of=close)
    whole = panel()
    wild = maker()
    wild.bars = [
        rows.with_columns(
            pl.when(pl.col("session") > close).then(pl.col("close") * 9).otherwise("close").alias("close")
        )
        for rows in wild.bars
    ]
    there = check(written, whole.truncate(close), NAMES)
    assert there.rulings == check(written, whole, NAMES).rulings == check(written, wild.panel(), NAMES).rulings
    assert there.cut == close


def test_data_that_end_before_the_close_rule_on_studies_only() -> None:
    study = "kind: study\nevent: change(IWM, 1d) > 0\nthen: IWM\nover: [5d]"
    written = commentary(value("change(IWM, 6d)", "11%"), study, as_of=date(2024, 9, 3))
    found = check(written, panel(), NAMES)
    assert found.rulings[0].ruling == "untestable"
    assert found.rulings[0].why == f"the data end {CLOSE}, before the author's close of 2024-09-03"
    assert found.rulings[1].ruling != "untestable"
    assert f"on data to {CLOSE} only" in found.rulings[1].why
    assert found.notices[0] == found.rulings[0].why


def test_a_ratio_against_its_legs() -> None:
    """SPY is flat, so +15.2 % of IWM is +15.2 % of the ratio; 11.65 % cannot stand beside it."""
    gain = value("change(IWM, 6d)", "15.2%")
    legs = "consistent_with: {numerator: c0, denominator: 'change(SPY, 6d)'}"
    _, torn = ruled(gain, value("change(IWM/SPY, 6d)", "11.65%", legs))
    assert (torn.ruling, torn.alone) == ("contradicts itself", "off")
    assert torn.why.startswith(
        "+15.2 % stated over +0.0 % measured of change(SPY, 6d) makes the ratio +15.2 %, not +11.65 %"
    )
    _, whole = ruled(gain, value("change(IWM/SPY, 6d)", "15.2%", legs))
    assert (whole.ruling, whole.alone) == ("off", "off")
    _, unknown = ruled(gain, value("change(IWM/SPY, 6d)", "11.65%", legs.replace("SPY", "NONE")))
    assert unknown.ruling == "off"


def test_sigma_against_percentile_and_frequency() -> None:
    torn, whole, seldom = ruled(
        "kind: rarity\nformula: change(IWM, 6d)\nsigma: 3\npercentile: 99.3%",
        "kind: rarity\nformula: change(IWM, 6d)\nsigma: 3\npercentile: 99.87%",
        "kind: rarity\nformula: change(IWM, 6d)\nsigma: 2\nper_century: [0.01, 0.02]",
    )
    assert torn.ruling == "contradicts itself"
    assert torn.why.startswith("3 sigma is percentile 99.73 (two-sided) or 99.87 (one-sided), not 99.3")
    assert whole.ruling != "contradicts itself"
    assert seldom.ruling == "contradicts itself"
    assert "cannot both be true" in seldom.why


def test_a_percentile_by_counting() -> None:
    """Of 394 six-session moves the last is second: one is above it, so the percentile is 393/394 = 99.75 %."""
    closes = [*quiet(393), *[100.0, 102.0, 105.0, 106.0, 110.0, 112.0, 111.0]]
    moves = [now / then - 1 for now, then in zip(closes[6:], closes[:-6], strict=True)]
    percentile = sum(move <= moves[-1] for move in moves) / len(moves)
    right, near, wrong = ruled(
        f"kind: rarity\nformula: change(IWM, 6d)\npercentile: {percentile * 100:.2f}%",
        f"kind: rarity\nformula: change(IWM, 6d)\npercentile: {100 - (1 - percentile) * 180:.2f}%",
        "kind: rarity\nformula: change(IWM, 6d)\npercentile: 90%",
    )
    assert [one.ruling for one in (right, near, wrong)] == ["confirmed", "off", "refuted"]
    assert right.readings[0].figures["percentile"] == pytest.approx(percentile)
    picture = right.readings[0].picture
    assert isinstance(picture, Histogram)
    assert sum(picture.counts) == len(moves)


def test_a_frequency() -> None:
    """A move seen for the first time in one and a half years: about 65 a century by count, surely not 5,000."""
    often, never = ruled(
        "kind: rarity\nformula: change(IWM, 6d)\nper_century: [50, 100]",
        "kind: rarity\nformula: change(IWM, 6d)\nper_century: [5000, 6000]",
    )
    assert often.ruling in ("confirmed", "off")
    assert never.ruling == "refuted"


def test_studies_of_a_commentary_are_one_family_with_the_earlier_tries() -> None:
    study = "kind: study\nevent: change(IWM, 1d) > 0.5%\nthen: IWM\nover: [5d, 10d]\nexpects: {}"
    written = commentary(study.format("higher"), study.format("lower"))
    found = check(written, panel(), NAMES, earlier_tries=(0.5, None))
    findings = [one for ruling in found.rulings for reading in ruling.readings for one in reading.findings]
    assert [one.tries for one in findings] == [6] * 4
    assert [(event, then) for event, then, _ in found.studies] == [("change(IWM, 1d) > 0.5%", "IWM")] * 4
    assert found.rulings[0].measured == pytest.approx(findings[0].difference.mean.estimate)
    up, down = (ruling.readings[0].findings for ruling in found.rulings)
    assert [one.difference.mean.estimate for one in up] == [one.difference.mean.estimate for one in down]


def test_a_planted_effect_is_supported_and_its_opposite_contrary() -> None:
    """Every 30 sessions a jump of 3 %, then 2 % a session for five sessions: what follows a jump is a rise."""
    sessions = weekdays(3000, date(2010, 1, 4))
    closes = [100.0]
    for at in range(1, 3000):
        step = {0: 1.03, 1: 1.02, 2: 1.02, 3: 1.02, 4: 1.02, 5: 1.02}.get(at % 30, 0.9945 + (at * 7 % 11) / 10_000)
        closes.append(closes[-1] * step)
    made = Maker(sessions).price("IWM", close=closes).panel()
    study = "kind: study\nevent: change(IWM, 1d) > 2.5%\nthen: IWM\nover: [5d]\nexpects: {}"
    found = check(commentary(study.format("higher"), study.format("lower"), as_of=made.cut), made, NAMES)
    assert [one.ruling for one in found.rulings] == ["supported", "contrary"]


def test_later_adds_what_happened_and_changes_no_ruling() -> None:
    close = SESSIONS[-7]
    written = commentary(
        value("IWM", "100"),
        "kind: study\nevent: change(IWM, 1d) > 0.5%\nthen: IWM\nover: [5d]",
        "kind: untestable\nreason: r\nneeds: n",
        as_of=close,
        extra="follow: [IWM/SPY, NONE]\n",
    )
    plain = check(written, panel().truncate(close), NAMES)
    found = check(written, panel().truncate(close), NAMES, later=panel())
    assert [replace(one, since=()) for one in found.rulings] == list(plain.rulings)
    assert (plain.later, found.later) == (None, CLOSE)
    now, moved, nothing = (one.since for one in found.rulings)
    assert now[0].sentence == f"111 at {CLOSE}" or now[0].sentence == f"111.00 at {CLOSE}"
    assert moved[0].sentence == f"IWM after {close}: +12.0 % over 5d; +11.0 % to {CLOSE}"
    assert nothing == ()
    assert [one.value for one in found.since] == [pytest.approx(0.11)]
    assert found.since[0].as_of == CLOSE


def test_the_card_and_the_counts_are_part_of_the_result() -> None:
    extra = "card: {action: hold, risk: high, watch: [one, two]}\n"
    found = check(commentary(value("IWM", "111"), value("IWM", "500"), extra=extra), panel(), NAMES)
    assert isinstance(found, Checked)
    assert found.card is not None
    assert (found.card.action, found.card.risk, found.card.watch) == ("hold", "high", ("one", "two"))
    assert dict(found.counts) == {"confirmed": 1, "refuted": 1}
    assert found.standings == ("simulated",)
