"""Briefs of many past sessions in one process: each is the one that its own day would have had."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from leadline import api
from leadline.core.errors import DataError
from leadline.data.feeds.folder import Folder
from leadline.data.ledger.journal import read_journal
from leadline.data.ledger.write import pull
from leadline.data.panel.build import settled
from leadline.judgement.playbook import Playbook, choose
from leadline.publish.brief import Brief, build, render, replay, terminal

from .test_judged import world
from .test_law import folder_of, split_folder

LAST = date(2023, 12, 29)
DAYS = (date(2023, 6, 15), date(2023, 3, 1), date(2023, 11, 30))
PULLED = datetime(2023, 12, 30, tzinfo=UTC)


def told(one: Brief) -> tuple[dict[str, bytes], str]:
    """All that is written of a brief, without charts, and its text."""
    return render(one, charts=False), terminal.text(one)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("replay")
    pull(where / "home", Folder(folder_of(where / "folder", LAST)), PULLED)
    return where / "home"


def test_each_is_the_brief_of_its_day_in_the_order_asked(home: Path) -> None:
    found = list(api.briefs(DAYS, home=home, draws=200))
    assert [one.as_of for one in found] == list(DAYS)
    for day, one in zip(DAYS, api.briefs(DAYS, home=home), strict=True):
        assert told(one) == told(api.brief(home=home, as_of=day, record=False))
    assert settled(home, ["IWM", "SPY"], min(DAYS))
    assert read_journal(home) == ()


def frequent(playbook: Playbook) -> Playbook:
    """The playbook, its studies asked of an event that comes several times a year."""
    often = {"event": "ratio >= highest(ratio, 63d)", "then": "ratio", "over": ("5d",)}
    lines = (
        line.model_copy(update={"study": line.study and line.study.model_copy(update=often)})
        for line in playbook.evidence
    )
    return playbook.model_copy(update={"evidence": tuple(lines)})


def test_fewer_draws_move_intervals_alone() -> None:
    book = frequent(choose(world()))
    few, many = (next(replay.briefs(world(), book, [world().cut], draws=draws)) for draws in (200, 10_000))
    assert few.card == many.card
    answers = [(a.answer, b.answer) for a, b in zip(few.followed, many.followed, strict=True) if a.answer and b.answer]
    pairs = [(a, b) for x, y in answers for a, b in zip(x.findings, y.findings, strict=True)]
    assert any(a.difference.mean.low not in (None, b.difference.mean.low) for a, b in pairs)
    for a, b in pairs:
        assert (a.after, a.base, a.p, a.difference.mean.estimate) == (b.after, b.base, b.p, b.difference.mean.estimate)


@pytest.mark.parametrize("day", [world().sessions[-1], world().sessions[-2], world().sessions[-130]])
def test_a_panel_cut_from_a_whole_tells_what_one_cut_by_itself_tells(day: date) -> None:
    (one,) = replay.briefs(world(), choose(world()), [day])
    assert told(one) == told(build(world().truncate(day), choose(world())))


def test_a_split_since_then_is_undone_for_each_day(tmp_path: Path) -> None:
    split = date(2023, 9, 11)
    pull(tmp_path / "home", Folder(split_folder(tmp_path / "folder", LAST, 2.0, split, 6)), PULLED)
    assert not settled(tmp_path / "home", ["IWM"], DAYS[0])
    assert settled(tmp_path / "home", ["SPY"], DAYS[0])
    assert settled(tmp_path / "home", ["IWM"], date(2023, 12, 1))
    days = (DAYS[0], DAYS[2])
    for day, one in zip(days, api.briefs(days, home=tmp_path / "home"), strict=True):
        assert told(one) == told(api.brief(home=tmp_path / "home", as_of=day, record=False))


def test_a_holiday_stands_for_the_session_before_and_none_for_nothing(home: Path) -> None:
    assert [one.as_of for one in api.briefs([date(2023, 7, 4)], home=home, draws=200)] == [date(2023, 7, 3)]
    assert list(api.briefs((), home=home)) == []
    with pytest.raises(DataError, match="whose last session is 2023-12-29"):
        list(api.briefs([date(2024, 1, 31)], home=home))
