"""Answers to tell: from small made-up panels, never from a ledger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.inference.ask import Answer, Question, ask
from leadline.inference.leaders import PersistenceAnswer, leaders
from leadline.inference.leads import LeadAnswer, lead
from leadline.inference.rare import RarityAnswer, Stated, rare

from ...formula.panels import Maker, weekdays  # noqa: TID252 - tests are no package


def panel(rows: int = 700) -> Panel:
    """IWM and SPY by the day with a rate, sectors by the day, SMALL and BIG by the month; all walks."""
    rng = generator(f"test evidence {rows}")
    maker = Maker(weekdays(rows, first=weekdays(1)[0]))

    def walk(count: int, step: float) -> list[float | None]:
        return [float(one) for one in 100 * np.exp(np.cumsum(rng.normal(0, step, count)))]

    for name in ("IWM", "SPY", "XLK", "XLF", "XLV", "XLE"):
        prices = walk(rows, 0.01)
        maker.price(name, close=prices, total=prices)
    months = len(maker.months())
    maker.price("SMALL", "month", total=walk(months, 0.05)).price("BIG", "month", total=walk(months, 0.04))
    rate = 2 + np.cumsum(rng.normal(0, 0.05, rows))
    days = maker.sessions
    maker.macro("FRED:DGS10", [(day, day, float(one)) for day, one in zip(days, rate, strict=True)], "day", "lag")
    return maker.panel()


def asked(
    event: str = "change(IWM/SPY, 6d) > 7%", then: str = "IWM/SPY", over: str = "21d,63d", upto: int | None = None
) -> Answer:
    """One answer of `ask`, with few draws; `upto`: of the panel cut at that row."""
    made = panel() if upto is None else panel().truncate(panel().sessions[upto])
    return ask(made, Question(event, (then,), tuple(over.split(",")), draws=200))[0]


def true_now(answer: Answer) -> Answer:
    """The same answer at a cut where the event holds."""
    return replace(answer, true_now=True)


def rarely(formula: str = "change(IWM/SPY, 6d)", stated: Stated | None = None) -> RarityAnswer:
    """One answer of `rarity`."""
    return rare(panel(), formula, stated=stated)


def persisting() -> PersistenceAnswer:
    """One answer of `persistence`."""
    return leaders(panel(), ("XLK", "XLF", "XLV", "XLE"), "change(total, 21d)", "21d")


def leading() -> LeadAnswer:
    """One answer of `lead`."""
    return lead(panel(), "IWM/SPY", "FRED:DGS10", "21d", 3)
