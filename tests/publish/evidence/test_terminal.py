from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leadline.data.ledger.trials import Trial
from leadline.inference.rare import Stated
from leadline.inference.study import EpisodeOutcome
from leadline.publish.evidence.terminal import ask_text, lead_text, persistence_text, rarity_text, trials_text

from .answers import asked, leading, persisting, rarely, true_now


def lines(text: str) -> list[str]:
    assert text.endswith("\n")
    found = text.splitlines()
    assert max(map(len, found)) <= 100
    assert all(line == line.rstrip() for line in found)
    assert "\x1b" not in text
    return found


def test_whether_it_is_true_now_comes_first() -> None:
    answer = asked()
    began = str(answer.episodes[-1].session)[:10]
    first, second, *_ = lines(ask_text(true_now(answer)))
    assert first == f"TRUE NOW since {began} (first session of its episode): change(IWM/SPY, 6d) > 7%"
    assert second.startswith(f"{len(answer.episodes)} separate episodes since {answer.since} · known at the close of ")
    assert lines(ask_text(answer))[0] == f"Not true now: change(IWM/SPY, 6d) > 7%; its last episode began {began}"
    assert lines(ask_text(replace(answer, true_now=None)))[0].startswith("NOT KNOWN whether it is true now: ")


def test_the_table_has_every_number_of_a_finding() -> None:
    answer = asked(over="21d,63d,126d")
    text = ask_text(answer)
    rows = lines(text)
    at = next(row for row, line in enumerate(rows) if line.startswith("over"))
    first, second = rows[at + 2 : at + 4]
    finding = answer.findings[0]
    mean, base = finding.after.mean or 0, finding.base.mean or 0
    expected = ["21d", str(finding.episodes), f"{mean * 100:+.1f}", "%", f"{base * 100:+.1f}", "%"]
    assert first.split()[:6] == expected
    assert f"{(finding.hit.rate or 0) * 100:.1f} %" in first
    assert f"{(finding.p or 0):.3f}" in first
    low, high = (100 * (one or 0) for one in (finding.difference.mean.low, finding.difference.mean.high))
    assert f"{low:+.1f} to {high:+.1f}" in second
    assert f"{(finding.hit.low or 0) * 100:.1f} to {(finding.hit.high or 0) * 100:.1f}" in second
    assert " 3 " in first
    for one in answer.findings:
        assert one.sentence in " ".join(text.split())
    assert "leaving out one decade" in text or finding.leave_one_decade_out is None
    assert "on the way at worst" in text
    assert "naive t" in text


def test_a_narrow_terminal_loses_the_means_and_no_sentence() -> None:
    answer = asked()
    for width in (80, 90):
        text = ask_text(answer, width=width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text
        for one in answer.findings:
            assert one.sentence in " ".join(text.split())
    assert ask_text(answer, width=300) == ask_text(answer)


def test_fifteen_episodes_are_listed_the_latest_first_and_the_rest_counted() -> None:
    answer = asked()
    days = [np.datetime64("2020-01-01") + 40 * at for at in range(18)]
    some = tuple(
        EpisodeOutcome(day, at, *({"21d": at / 100, "63d": None} for _ in range(3))) for at, day in enumerate(days)
    )
    rows = lines(ask_text(replace(answer, episodes=some)))
    at = rows.index("Episodes, the latest first") + 2
    listed = rows[at : at + 15]
    assert [line.split()[0] for line in listed] == [str(day) for day in reversed(days[3:])]
    assert listed[0].split() == [str(days[17]), "+17.0", "%", "-", "-", "-"]
    assert rows[at + 15] == "and 3 earlier"


def test_no_episode_and_a_horizon_beyond_the_data_are_words_not_errors() -> None:
    assert "the event was never true" in ask_text(asked("change(IWM/SPY, 6d) > 90%"))
    assert "fits into the data" in " ".join(ask_text(asked(over="900d")).split())
    assert "nothing to take apart" in ask_text(asked("change(IWM/SPY, 6d) > 90%"))


def test_months_are_months() -> None:
    text = ask_text(asked("change(SMALL.total, 1mo) > 3%", "BIG.total", "3mo"))
    lines(text)
    assert "· by months" in text
    assert "3 months later" in text
    assert "true month" in text


def test_colour_only_where_it_is_asked_for() -> None:
    answer = true_now(asked())
    assert "\x1b[" in ask_text(answer, colour=True)
    lines(ask_text(answer))


@pytest.mark.parametrize("stated", [None, Stated(3, 1, 2)])
def test_rarity_in_text(stated: Stated | None) -> None:
    answer = rarely(stated=stated)
    rows = lines(rarity_text(answer))
    standing = answer.rarity.standing
    assert rows[0] == f"change(IWM/SPY, 6d) is {standing.value * 100:+.2f} %"
    assert f"of {standing.n:,} values, percentile {standing.percentile * 100:.1f}" in rows[1]
    heads = [line.split("  ")[0] for line in rows[3:] if line[:1].islower()]
    assert heads[:4] == ["deviations", "occurrences", "return period", "window"]
    assert ("as quoted" in heads) == (stated is not None)
    listed = [line.split()[0] for line in rows if line[:4].isdigit()]
    expected = [day.isoformat() for day in reversed(answer.sessions)][:15]
    assert listed == expected


def test_persistence_in_text() -> None:
    answer = persisting()
    text = persistence_text(answer)
    rows = lines(text)
    odds = answer.views[0]
    assert rows[0].startswith(f"The strongest of 4 was the best again {(odds.estimate or 0) * 100:.1f} % of the time")
    assert sum(line.startswith("leader leads again") for line in rows) == 2
    assert sum(line.startswith("slope on strength") for line in rows) == 2
    name, strength = answer.standing[0]
    assert rows[-1].startswith(f"now   {name} {strength * 100:+.1f} %, ")
    assert "…" not in text


def test_lead_in_text() -> None:
    answer = leading()
    rows = lines(lead_text(answer))
    assert rows[0].startswith("Does A lead B: ")
    assert rows[1:3] == [
        "A  IWM/SPY, measured as change(IWM / SPY, 1d)",
        "B  FRED:DGS10, measured as diff(FRED:DGS10, 1d)",
    ]
    assert any(line.startswith("A, then B") for line in rows)
    lags = [line for line in rows[:-1] if line.split()[0:1] in (["0"], ["1"], ["2"], ["3"])]
    r = {one.lag: f"{one.r:+.2f}" for one in answer.found.correlations}
    assert [line.split()[1] for line in lags] == [r[0], r[1], r[2], r[3]]
    assert all(r[-lag] in line for lag, line in enumerate(lags) if lag)
    assert rows[-1].endswith("chance alone gives 0.3")


def test_the_trial_book_counts_questions_and_shows_the_latest() -> None:
    day = "2026-08-21"
    book = [
        Trial(f"change(IWM, {n}d) > 1%", "SPY", "21d", day, 4, None, n, "too few to say", f"{day}T20:00:00+00:00")
        for n in range(1, 18)
    ]
    rows = lines(trials_text([*book, book[-1]]))
    assert rows[0] == "18 studies of 17 questions about 1 outcome"
    assert rows[3].split()[:4] == ["2026-08-21", "2026-08-21", "21d", "17"]
    assert rows[3].endswith("change(IWM, 17d) > 1%, then SPY")
    assert rows[-1] == "and 3 earlier"
    assert lines(trials_text([])) == ["No study was run on this ledger yet."]
