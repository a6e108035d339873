import random
from itertools import pairwise, product

import polars as pl
import pytest

from detector.cases.state import (
    FRESH_STARTS,
    LEGAL,
    PERSONS_DECIDE,
    PERSONS_HOLD,
    are_legal,
    may_move,
    name_next,
)
from detector.kinds import CaseState as State

TOLD = """
open under_review confirmed
under_review cleared
under_review exempt
open warned grace treated withdrawn
confirmed warned grace resolved
warned appealed upheld
grace appealed overturned
treated appealed
exempt open
cleared open
overturned open
upheld warned
resolved open
withdrawn open
warned under_review open
confirmed under_review
cleared under_review
warned withdrawn
grace withdrawn
"""
"""Every way that the task and the docstring name, written down a second time."""
WAYS = {pair for line in TOLD.strip().splitlines() for pair in pairwise(line.split())}
WAYS |= {(state.value, "exempt") for state in State}
STEPS = 1_000_000


class TestMayMove:
    def test_every_pair_is_legal_exactly_if_it_was_told(self):
        found = {(a.value, b.value) for a, b in product(State, State) if b in LEGAL[a]}
        assert found == WAYS

    def test_a_person_may_make_every_legal_move(self):
        assert all(may_move(a, b, person=True) == (b in LEGAL[a]) for a, b in product(State, State))

    def test_a_program_never_decides_for_a_person(self):
        for here, there in product(State, State):
            if there in PERSONS_DECIDE or here in PERSONS_HOLD:
                assert not may_move(here, there, person=False)

    @pytest.mark.parametrize(
        ("here", "there"),
        [
            pytest.param(State.WARNED, State.TREATED, id="no treatment without grace"),
            pytest.param(State.OPEN, State.TREATED, id="no treatment without notice"),
            pytest.param(State.TREATED, State.WARNED, id="no notice after the treatment"),
            pytest.param(State.APPEALED, State.TREATED, id="no treatment during an appeal"),
            pytest.param(State.UPHELD, State.TREATED, id="no treatment right after an appeal"),
            pytest.param(State.EXEMPT, State.WARNED, id="no notice to the exempt"),
        ],
    )
    def test_nobody_is_treated_out_of_turn(self, here, there):
        assert not may_move(here, there, person=True)

    def test_every_state_leads_on(self):
        assert all(name_next(state, person=True) for state in State)


class TestAMillionRandomMoves:
    @pytest.mark.parametrize("person", [True, False])
    def test_none_that_is_let_through_is_illegal(self, person):
        draw = random.Random(7)
        names = [state.value for state in State]
        columns = {side: draw.choices(names, k=STEPS // 2) for side in ("here", "there")}
        tried = pl.DataFrame(columns)
        told = [f"{a}>{b}" for a, b in WAYS]
        passed = tried.filter(are_legal(pl.col("here"), pl.col("there"), person=person))
        illegal = passed.filter(~(pl.col("here") + ">" + pl.col("there")).is_in(told))
        assert passed.height > STEPS // 50
        assert illegal.is_empty()

    def test_columns_say_the_same_as_single_moves(self):
        pairs = pl.DataFrame([(a.value, b.value) for a, b in product(State, State)], orient="row")
        for person in (True, False):
            found = pairs.select(are_legal(pl.nth(0), pl.nth(1), person=person)).to_series()
            assert found.to_list() == [
                may_move(State(a), State(b), person=person) for a, b in pairs.rows()
            ]


def test_what_was_taken_back_can_be_decided_anew():
    """Each way out of a state that takes treatments back begins a new episode."""
    assert (State.CLEARED, State.UNDER_REVIEW) in FRESH_STARTS
    assert (State.APPEALED, State.UPHELD) in FRESH_STARTS
    assert {there for _, there in FRESH_STARTS} <= {State.OPEN, State.UNDER_REVIEW, State.UPHELD}
