"""What a formula rests on, and how it stood at a session."""

from __future__ import annotations

from datetime import date

import pytest

from leadline.formula import Names
from leadline.judgement.playbook.freshness import has, place_of, reaches
from leadline.judgement.playbook.inputs import Input, inputs_of

from .worlds import panel, weekdays

NAMES = Names(
    roles={"small": "IWM", "micro": "IWC.total", "ratio": "small / SPY", "loop": "loop"},
    groups={"sectors": ("XLK", "XLF.total")},
)


@pytest.mark.parametrize(
    ("formula", "direct", "members"),
    [
        ("change(ratio, 6d)", ["IWM", "SPY"], []),
        ("micro / small.total", ["IWC.total", "IWM.total"], []),
        ("overhead(small, 1y)", ["IWM", "IWM.volume"], []),
        ("atr(small, 14d)", ["IWM.high", "IWM.low", "IWM"], []),
        ("rank(small, sectors, change(total, 3d))", ["IWM.total"], ["XLK.total", "XLF.total"]),
        ("rank(change(IWM.total, 3d), sectors)", ["IWM.total"], ["XLK.total", "XLF.total"]),
        ("mean(sectors, corr(close, small, 3d))", ["IWM"], ["XLK", "XLF"]),
        ("members(sectors)", [], []),
        ("first_cut()", ["FRED:DFEDTARU"], []),
        ("any(meeting(FOMC), 3d)", [], []),
        ("calendar_change(IWM, month)", ["IWM"], []),
        ("resistance(small, part=high)", ["IWM"], []),
        ("not (IWM > 3) and -SPY < 2", ["IWM", "SPY"], []),
        ("loop", ["loop"], []),
    ],
)
def test_inputs_by_hand(formula: str, direct: list[str], members: list[str]) -> None:
    found = inputs_of(formula, NAMES)
    assert [str(one) for one in found.direct] == direct
    assert [str(one) for one in found.members] == members
    assert set(found.all) == {*found.direct, *found.members}


def test_standing_of_prices() -> None:
    days = weekdays(4)
    world = panel(
        {"A": {"close": [1.0, 2.0, None, None]}, "B": {"close": [None, 1.0, 2.0, 3.0]}, "C": {"close": [1.0] * 4}}
    )
    found = reaches(world, [Input("A"), Input("B"), Input("B", "volume"), Input("X")])
    state = [[(one.at(place).state, one.at(place).last) for one in found.values()] for place in map(_at(world), days)]
    assert state[0] == [("present", days[0]), ("missing", None), ("missing", None), ("missing", None)]
    assert state[1] == [("present", days[1]), ("present", days[1]), ("missing", None), ("missing", None)]
    assert state[3] == [("stale", days[1]), ("present", days[3]), ("missing", None), ("missing", None)]
    assert found[Input("A")].present().tolist() == [True, True, False, False]
    assert found[Input("X")].at(_at(world)(days[0])).why == "X has no value"
    assert found[Input("A")].at(_at(world)(days[3])).why == f"A ends {days[1]}"
    assert place_of(world, date(2024, 7, 14)) is None
    assert has(world, Input("B"))
    assert not has(world, Input("B", "volume"))


def test_standing_of_a_macro_series_by_its_period_and_lag() -> None:
    """A month labelled 1 March is stale more than 95 days later, on 5 June; a revision of January does not renew it."""
    rows = [
        (date(2024, 1, 1), date(2024, 2, 8), 1.0),
        (date(2024, 3, 1), date(2024, 4, 8), 2.0),
        (date(2024, 1, 1), date(2024, 6, 3), 1.5),
    ]
    world = panel({"A": {"close": [1.0] * 130}}, {"FRED:M": ("month", rows, "lag")})
    reach = reaches(world, [Input("FRED:M")])[Input("FRED:M")]
    at = _at(world)
    assert reach.at(at(date(2024, 2, 7))).state == "missing"
    assert reach.at(at(date(2024, 2, 8))).last == date(2024, 1, 1)
    assert (reach.at(at(date(2024, 6, 4))).state, reach.at(at(date(2024, 6, 4))).assumed) == ("present", True)
    assert (reach.at(at(date(2024, 6, 5))).state, reach.at(at(date(2024, 6, 5))).last) == ("stale", date(2024, 3, 1))
    days = world.sessions.to_list()
    assert [days[row] for row in (reach.present().argmax(), -1)] == [date(2024, 2, 8), date(2024, 7, 16)]
    assert reach.present()[days.index(date(2024, 6, 4))]
    assert not reach.present()[-1]


def _at(world):  # type: ignore[no-untyped-def]
    return lambda day: place_of(world, day)


def test_sampled_formulas_are_known_through_their_words() -> None:
    names = Names(roles={"slow": "monthly(IWM)", "quick": "IWM"})
    assert [inputs_of(text, names).sampled for text in ("slow", "change(slow, 1mo)", "quick", "weekly(quick)")] == [
        True, True, False, True,
    ]  # fmt: skip
