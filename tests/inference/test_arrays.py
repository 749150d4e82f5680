"""What comes in is checked once: missing stays missing, anything odd is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import RequestError
from leadline.inference.arrays import days, floats, truths, years_of


def test_an_event_is_read_alike_from_every_form() -> None:
    expected = [1.0, np.nan, 0.0]
    for given in ([True, None, False], pl.Series([True, None, False]), np.array([1.0, np.nan, 0.0])):
        np.testing.assert_array_equal(truths(given), expected)
    np.testing.assert_array_equal(truths(np.array([True, False])), [1.0, 0.0])


def test_a_number_is_no_truth() -> None:
    with pytest.raises(RequestError, match=r"event: found the value 0\.5"):
        truths(np.array([0.0, 0.5]))


def test_wrong_length_and_shape_are_refused() -> None:
    with pytest.raises(RequestError, match="prices: found shape"):
        floats(np.ones(3), "prices", 4)
    with pytest.raises(RequestError, match="expected one dimension"):
        floats(np.ones((2, 2)), "prices")


def test_infinity_is_missing() -> None:
    np.testing.assert_array_equal(floats([1.0, np.inf], "prices"), [1.0, np.nan])


def test_sessions_must_ascend() -> None:
    with pytest.raises(RequestError, match="ascending dates"):
        days(np.array(["2024-01-03", "2024-01-02"], dtype="datetime64[D]"))


def test_years_by_the_calendar() -> None:
    labels = np.array(["1999-12-31", "2024-12-31"], dtype="datetime64[D]")
    assert years_of(labels) == pytest.approx(25.0, abs=0.003)
    assert years_of(labels[:1]) == 0.0
