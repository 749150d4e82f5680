"""A second process answers as this one would, and when it cannot, this one does."""

from __future__ import annotations

import os
import sys
from math import factorial
from operator import floordiv
from pathlib import Path

import numpy as np
import pytest

from leadline.core.aside import here, opened
from leadline.core.errors import RequestError


def test_work_goes_on_in_another_process_and_what_is_wanted_before_its_turn_is_done_here(tmp_path: Path) -> None:
    """A named pipe opens for writing only when the other process has begun to read it."""
    os.mkfifo(tmp_path / "pipe")
    with opened("pathlib") as aside:
        first, second = aside(Path.read_text, tmp_path / "pipe"), aside(os.getpid)
        with (tmp_path / "pipe").open("w") as pipe:
            assert second() == here(os.getpid)() == os.getpid()
            pipe.write("begun there")
        assert first() == "begun there"
        assert aside(factorial, 20)() == 2432902008176640000


def test_more_than_a_pipe_holds_goes_there_and_back() -> None:
    many = np.arange(500_000.0)
    with opened("numpy") as aside:
        sent = [aside(np.negative, many + shift) for shift in range(3)]
        for shift, answer in enumerate(sent):
            np.testing.assert_array_equal(answer(), -(many + shift))


def test_an_error_of_ours_is_raised_where_the_answer_is_asked_for() -> None:
    with opened("leadline.inference.hit_rates") as aside:
        from leadline.inference.hit_rates import clopper_pearson

        wrong, right = aside(clopper_pearson, 5, 3), aside(clopper_pearson, 9, 21)
        with pytest.raises(RequestError, match="5 hits of 3"):
            wrong()
        assert right() == clopper_pearson(9, 21)


def test_another_error_ends_the_process_and_is_met_here() -> None:
    with opened() as aside:
        wrong, after = aside(floordiv, 1, 0), aside(os.getpid)
        with pytest.raises(ZeroDivisionError):
            wrong()
        assert after() == os.getpid()


def test_a_process_that_dies_costs_time_alone() -> None:
    with opened() as aside:
        gone, after = aside(os._exit, 3), aside(factorial, 5)
        assert after() == 120
        del gone


def test_a_process_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-such-python"))
    with opened() as aside:
        assert aside(os.getpid)() == os.getpid()


def test_work_that_nobody_waited_for_ends_with_the_block() -> None:
    with opened() as aside:
        left = [aside(factorial, 6), aside(factorial, 7)]
    assert [answer() for answer in left] == [720, 5040]


def test_a_file_of_the_users_folder_is_not_taken_for_a_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('taken for a module')\n")
    monkeypatch.chdir(tmp_path)
    with opened("random") as aside:
        assert aside(os.getpid)() != os.getpid()
