"""The trial book: appended, counted, and whole even after a writer died in the middle of a line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from leadline.core.errors import DataError, PromiseError
from leadline.data.ledger.trials import Trial, earlier_tries, read_trials, record_trials


def trial(event: str, p: float | None, horizon: str = "21d", then: str = "IWM") -> Trial:
    return Trial(event, then, horizon, "2024-07-16", 3, p, 9, "not distinguishable", "2024-07-17T20:00:00+00:00")


def test_nothing_was_asked_yet(tmp_path: Path) -> None:
    assert read_trials(tmp_path) == ()
    assert earlier_tries(tmp_path, ["IWM"], []) == ()


def test_what_was_recorded_is_read_in_order(tmp_path: Path) -> None:
    first, second = trial("a > b", 0.04), trial("c > d", None)
    record_trials(tmp_path, [first])
    record_trials(tmp_path, [second])
    assert read_trials(tmp_path) == (first, second)


def test_a_family_is_everything_else_that_was_asked_of_the_outcome(tmp_path: Path) -> None:
    record_trials(tmp_path, [trial("a > b", 0.04), trial("a > b", 0.5, "63d"), trial("c > d", 0.2, then="SPY")])
    record_trials(tmp_path, [trial("a > b", 0.05), trial("e > f", None)])
    assert earlier_tries(tmp_path, ["IWM"], []) == (0.05, 0.5, None)
    assert earlier_tries(tmp_path, ["IWM"], [("a > b", "IWM", "21d")]) == (0.5, None)
    assert earlier_tries(tmp_path, ["IWM", "SPY"], []) == (0.05, 0.5, 0.2, None)


def test_a_line_cut_short_is_dropped_and_the_next_one_is_whole(tmp_path: Path) -> None:
    record_trials(tmp_path, [trial("a > b", 0.04)])
    book = tmp_path / "ledger" / "trials.jsonl"
    with book.open("ab") as file:
        file.write(b'{"event": "half a li')
    assert [one.event for one in read_trials(tmp_path)] == ["a > b"]
    record_trials(tmp_path, [trial("c > d", 0.3)])
    assert [one.event for one in read_trials(tmp_path)] == ["a > b", "c > d"]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    record_trials(tmp_path, [trial("a > b", 0.04)])
    book = tmp_path / "ledger" / "trials.jsonl"
    book.write_text("not json\n" + book.read_text())
    with pytest.raises(PromiseError, match=r"trial book trials\.jsonl"):
        read_trials(tmp_path)


def test_a_book_that_is_being_written_says_so(tmp_path: Path) -> None:
    record_trials(tmp_path, [trial("a > b", 0.04)])
    with FileLock(tmp_path / "ledger" / "trials.lock"), pytest.raises(DataError, match="another process is writing it"):
        record_trials(tmp_path, [trial("c > d", 0.04)], wait_seconds=0.01)


def test_many_processes_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from leadline.data.ledger.trials import Trial, record_trials\n"
        "for n in range(20):\n"
        "    record_trials(Path(sys.argv[1]), [Trial(f'{sys.argv[2]} {n}', 'IWM', '21d', '', 1, None, 0, '', '')])\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "abc"]
    assert [one.wait() for one in running] == [0, 0, 0]
    assert sorted(one.event for one in read_trials(tmp_path)) == sorted(f"{w} {n}" for w in "abc" for n in range(20))
