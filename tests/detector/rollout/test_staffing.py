"""Queues held against figures that others have published, and against each other."""

from math import ceil, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.rollout.staffing import (
    HALF_HOUR_S,
    ServiceTerms,
    count_agents,
    count_contacts,
    count_rostered,
    erlang_b,
    erlang_c,
    find_figures,
)

RAPPAPORT = [
    (2, 0.153, 0.105),
    (4, 0.869, 0.701),
    (5, 1.36, 1.13),
    (10, 4.46, 3.96),
    (20, 12.0, 11.1),
    (24, 15.3, 14.2),
    (40, 29.0, 27.3),
    (70, 56.1, 53.7),
    (100, 84.1, 80.9),
]
"""Lines, and the Erlang that they carry so that 1 % and 0.5 % of calls find them busy, to three
digits: T. S. Rappaport, Wireless Communications (1996), table 3.4."""

GARNETT = ServiceTerms(handling_s=60, patience_s=120)
"""50 agents, 48 calls a minute of one minute, two minutes of patience: O. Garnett, A. Mandelbaum,
M. Reiman, Designing a call center with impatient customers, M&SOM 4 (2002), table 1."""

loads = st.floats(0.1, 300)
terms = st.builds(
    ServiceTerms,
    answered=st.floats(0.5, 0.95),
    within_s=st.floats(0, 120),
    handling_s=st.floats(60, 900),
    patience_s=st.sampled_from([20.0, 150.0, 1e4, inf]),
)


class TestErlangB:
    @pytest.mark.parametrize(("lines", "at_1", "at_half"), RAPPAPORT)
    def test_is_as_in_the_table_of_rappaport(self, lines, at_1, at_half):
        half_a_digit = 0.006
        for load, blocked in ((at_1, 0.01), (at_half, 0.005)):
            assert erlang_b(load * (1 - half_a_digit), lines) < blocked
            assert erlang_b(load * (1 + half_a_digit), lines) > blocked

    def test_is_as_in_the_manual_of_erlang_com(self):
        """Fifteen lines at 1 % carry 8.108 Erlang."""
        assert erlang_b(8.108, 15) == pytest.approx(0.01, abs=5e-6)

    def test_is_as_in_mathematica(self):
        """`ErlangB[30, 25]`: about 0.05."""
        assert erlang_b(25, 30) == pytest.approx(0.05, abs=0.005)

    def test_does_not_overflow(self):
        assert 0 < erlang_b(20_000, 20_000) < 0.01


class TestErlangC:
    def test_is_as_published_with_pyworkforce(self):
        """100 calls of three minutes in half an hour, 80 % in 20 s, 30 % shrinkage (its README)."""
        terms = ServiceTerms(answered=0.8, within_s=20, handling_s=180, shrinkage=0.3)
        found = find_figures(100, 14, terms)
        assert count_agents(100, terms) == 14
        assert count_rostered(14, terms) == 20
        assert found.answered_in_time == pytest.approx(0.8883500191794669, abs=1e-12)
        assert found.waits == pytest.approx(0.1741319335950498, abs=1e-12)
        assert found.busy == pytest.approx(0.7142857142857143, abs=1e-12)

    def test_is_as_published_by_garnett(self):
        found = find_figures(48 * 30, 50, ServiceTerms(handling_s=60))
        assert found.mean_wait_s == pytest.approx(20.8, abs=0.05)
        assert found.busy == pytest.approx(0.96)

    def test_too_few_agents_have_an_endless_line(self):
        assert erlang_c(10, 10) == 1
        assert find_figures(100, 9, ServiceTerms(handling_s=180)).mean_wait_s == inf


class TestErlangA:
    def test_is_as_published_by_garnett(self):
        found = find_figures(48 * 30, 50, GARNETT)
        assert found.hangs_up == pytest.approx(0.031, abs=5e-4)
        assert found.mean_wait_s == pytest.approx(3.7, abs=0.05)
        assert found.busy == pytest.approx(0.93, abs=5e-3)

    @given(st.floats(0.2, 50), st.integers(1, 80))
    def test_of_endless_patience_is_erlang_c(self, load, agents):
        if agents <= load * 1.05:
            return
        contacts = load * HALF_HOUR_S / 300
        patient = find_figures(contacts, agents, ServiceTerms(handling_s=300))
        nearly = find_figures(contacts, agents, ServiceTerms(handling_s=300, patience_s=1e9))
        assert nearly.answered_in_time == pytest.approx(patient.answered_in_time, abs=1e-4)
        assert nearly.waits == pytest.approx(patient.waits, abs=1e-4)

    @given(loads, st.integers(1, 200), st.sampled_from([20.0, 150.0, 3000.0]))
    def test_shares_are_shares_and_nobody_is_lost(self, load, agents, patience):
        contacts = load * HALF_HOUR_S / 300
        found = find_figures(contacts, agents, ServiceTerms(handling_s=300, patience_s=patience))
        assert 0 <= found.answered_in_time <= 1 - found.hangs_up + 1e-9
        assert 1 - found.waits <= found.answered_in_time + 1e-9
        assert 0 <= found.busy <= 1 + 1e-9


class TestCountAgents:
    @given(st.floats(0.1, 600), terms)
    def test_one_fewer_is_not_enough(self, contacts, terms):
        agents = count_agents(contacts, terms)
        rounded = ceil(round(contacts * 10, 6)) / 10
        assert find_figures(rounded, agents, terms).answered_in_time >= terms.answered
        assert find_figures(rounded, agents - 1, terms).answered_in_time < terms.answered

    @given(st.floats(0, 300), st.floats(0, 50), terms)
    def test_more_contacts_need_no_fewer(self, contacts, more, terms):
        assert count_agents(contacts, terms) <= count_agents(contacts + more, terms)

    def test_nobody_is_needed_for_nothing(self):
        assert count_agents(0, ServiceTerms()) == 0

    def test_impatience_needs_no_more_agents_at_a_busy_desk(self):
        patient, impatient = (
            ServiceTerms(handling_s=180),
            ServiceTerms(handling_s=180, patience_s=90),
        )
        assert count_agents(200, impatient) <= count_agents(200, patient)


class TestCountContacts:
    @given(st.integers(1, 60), terms)
    def test_is_what_so_many_agents_just_answer(self, agents, terms):
        most = count_contacts(agents, terms)
        assert find_figures(most, agents, terms).answered_in_time >= terms.answered - 1e-9
        assert find_figures(most + 0.01, agents, terms).answered_in_time < terms.answered + 1e-6

    def test_no_agent_answers_nobody(self):
        assert count_contacts(0, ServiceTerms()) == 0


class TestCountRostered:
    @pytest.mark.parametrize(("shrinkage", "rostered"), [(0.0, 10), (0.3, 15), (0.5, 20)])
    def test_is_more_by_those_who_are_away(self, shrinkage, rostered):
        assert count_rostered(10, ServiceTerms(shrinkage=shrinkage)) == rostered
