"""True sessions merged into episodes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.errors import RequestError
from leadline.inference.episodes import default_gap, find_episodes, span_mask

X = float("nan")


def naive(event: list[float], gap: int) -> list[list[int]]:
    """Session by session: a true one joins the last episode when its last true session is nearer than the gap."""
    groups: list[list[int]] = []
    for row, value in enumerate(event):
        if value == 1:
            if groups and row - groups[-1][-1] < gap:
                groups[-1].append(row)
            else:
                groups.append([row])
    return groups


def test_typed_by_hand() -> None:
    found = find_episodes(np.array([X, 0, 1, 1, 0, 1, 0, 0, 0, 1.0]), 4)
    assert found.starts.tolist() == [2, 9]
    assert found.ends.tolist() == [5, 9]
    assert found.true_rows.tolist() == [2, 3, 5, 9]
    assert (found.first, found.last, found.true_now) == (1, 9, True)


def test_a_distance_equal_to_the_gap_is_two_episodes() -> None:
    event = np.zeros(10)
    event[[0, 5]] = 1
    assert len(find_episodes(event, 5)) == 2
    assert len(find_episodes(event, 6)) == 1


def test_never_always_and_unknown() -> None:
    assert len(find_episodes(np.zeros(5), 2)) == 0
    assert find_episodes(np.ones(5), 2).starts.tolist() == [0]
    unknown = find_episodes(np.full(3, X), 2)
    assert (len(unknown), unknown.first, unknown.last, unknown.true_now) == (0, 0, -1, None)
    assert not span_mask(unknown, 3).any()


def test_the_span_is_where_the_truth_is_known() -> None:
    found = find_episodes(np.array([X, 0, X, 1, X]), 1)
    assert span_mask(found, 5).tolist() == [False, True, True, True, False]


def test_default_gap_and_refusal() -> None:
    assert default_gap((21, 63)) == 63
    assert default_gap((5,)) == 21
    assert default_gap((3,), "month") == 3
    with pytest.raises(RequestError, match="gap: found 0"):
        find_episodes(np.ones(3), 0)


@given(st.lists(st.sampled_from([0.0, 1.0, X]), max_size=80), st.integers(1, 30))
def test_equals_the_naive_walk(event: list[float], gap: int) -> None:
    found = find_episodes(np.array(event), gap)
    groups = naive(event, gap)
    assert found.starts.tolist() == [group[0] for group in groups]
    assert found.ends.tolist() == [group[-1] for group in groups]


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=80), st.integers(1, 20))
def test_a_wider_gap_never_makes_more_episodes(event: list[float], gap: int) -> None:
    assert len(find_episodes(np.array(event), gap + 1)) <= len(find_episodes(np.array(event), gap))
