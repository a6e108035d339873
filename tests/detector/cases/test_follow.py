import polars as pl
import pytest

from detector.cases.follow import follow
from detector.cases.state import may_move
from detector.kinds import CaseState as State
from detector.kinds import Treatment
from tests.detector.cases.builders import decided, open_cases, state_of, walk


def cases(state):
    return pl.DataFrame({"account_id": ["ada"], "state": [state.value], "version": 3})


class TestFollow:
    @pytest.mark.parametrize("treatment", Treatment)
    def test_leads_nowhere_that_the_state_machine_forbids(self, treatment):
        for state in State:
            for there in follow(cases(state), decided("ada", treatment))["to_state"]:
                assert may_move(state, State(there), person=False)

    @pytest.mark.parametrize("state", ["open", "warned"])
    def test_no_device_is_treated_before_grace(self, state):
        paused = decided("ada", "pause_external_devices", device="tv")
        assert follow(cases(State(state)), paused).is_empty()

    def test_two_devices_move_a_case_once(self):
        both = pl.concat(decided("ada", "limit_external_devices", device=d) for d in ("tv", "pc"))
        assert follow(cases(State.GRACE), both)["to_state"].to_list() == ["treated"]

    def test_a_withdrawal_moves_none(self):
        back = decided("ada").with_columns(withdraws=pl.lit("before"))
        assert follow(cases(State.OPEN), back).is_empty()

    def test_goes_into_the_store_with_its_decisions(self, store):
        open_cases(store, "ada", "bob")
        walk(store, "bob", "exempt")
        with store.writing("decide", 1) as writing:
            told = decided("ada")
            writing.move(follow(writing.read_cases(), told))
            writing.add_decisions(told)
        assert state_of(store, "ada") == "warned"
