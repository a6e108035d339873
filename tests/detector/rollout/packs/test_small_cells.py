"""Nobody finds a group of fewer than ten in what is published, whatever else they know of it."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from detector.rollout.packs.small_cells import (
    BASE,
    LEAST,
    merge_in_order,
    merge_small,
    round_together,
)

COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=9)


def could_be(groups, told, total):
    """The least and the most that each true count may be, for whoever solves for it.

    They know how groups were merged, that each told number lies within `BASE` of the true one, and
    the told total within half of it.
    """
    size = sum(len(group) for group in groups)
    starts = np.cumsum([0, *map(len, groups)])
    sums = np.zeros((len(groups) + 1, size))
    for at, (start, end) in enumerate(itertools.pairwise(starts)):
        sums[at, start:end] = 1
    sums[-1] = 1
    low = np.array([*(n - BASE + 1 for n in told), total - BASE // 2])
    high = np.array([*(n + BASE - 1 for n in told), total + BASE // 2])
    bounds = []
    for cell in range(size):
        aim = np.zeros(size)
        aim[cell] = 1
        ends = [
            linprog(way * aim, A_ub=np.vstack([sums, -sums]), b_ub=np.append(high, -low))
            for way in (1, -1)
        ]
        bounds.append((ends[0].fun, -ends[1].fun))
    return bounds


@given(COUNTS)
def test_no_small_group_can_be_solved_for(counts):
    merged = merge_small(list(enumerate(counts)))
    told = round_together([count for _, count in merged])
    groups = [names for names, _ in merged]
    for (least, most), at in zip(
        could_be(groups, told, sum(told)) if merged else [],
        (at for group in groups for at in group),
        strict=True,
    ):
        if 0 < counts[at] < LEAST:
            assert most - least >= LEAST / 2
            assert most >= LEAST


@given(COUNTS)
def test_every_told_group_is_large_and_none_is_lost(counts):
    merged = merge_small(list(enumerate(counts)))
    assert all(count >= LEAST for _, count in merged)
    if merged:
        assert sum(count for _, count in merged) == sum(counts)
        assert sorted(at for names, _ in merged for at in names) == [
            at for at, count in enumerate(counts) if count
        ]
    else:
        assert sum(counts) < LEAST


@given(COUNTS)
def test_days_stay_in_order_and_none_is_lost(counts):
    periods = merge_in_order(list(enumerate(counts)))
    assert all(count >= LEAST for *_, count in periods)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(periods))
    for first, last, count in periods:
        assert sum(counts[first : last + 1]) == count
    assert sum(count for *_, count in periods) == (sum(counts) if sum(counts) >= LEAST else 0)


@given(st.lists(st.integers(10, 500), max_size=12))
def test_rounded_counts_add_up_and_stay_near(counts):
    told = round_together(counts)
    assert all(n % BASE == 0 for n in told)
    assert all(abs(n - count) < BASE for n, count in zip(told, counts, strict=True))
    assert abs(sum(told) - sum(counts)) <= BASE / 2


@given(st.lists(st.integers(10, 500), min_size=1, max_size=6), st.integers(1, 2))
def test_two_packs_of_one_plan_do_not_tell_who_left(counts, gone):
    """With one or two accounts fewer, another number is off by a whole step or by nothing."""
    before, after = (
        sum(round_together(counts)),
        sum(round_together([counts[0] - gone, *counts[1:]])),
    )
    assert before - after in (0, BASE)


@pytest.mark.parametrize("counts", [[("a", 10)], [("a", 10), ("b", 11)]])
def test_large_groups_stay_apart(counts):
    assert merge_small(counts) == [((name,), count) for name, count in counts]
