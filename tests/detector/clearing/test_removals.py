"""The search alone, asking a judge whose law is known."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from detector.clearing.removals import MOST, TRIED, Removables, Removal, Thing, search_removals


def devices(*households, days=None, kind="tv"):
    days = days or [10] * len(households)
    return tuple(
        Thing(f"d{n}", household, used, used * 3, kind)
        for n, (household, used) in enumerate(zip(households, days, strict=True))
    )


def places(*households):
    return tuple(Thing(n, h, 10, 30, "home_line") for n, h in enumerate(households))


def search(clears, devices=(), places=(), *, fewest=1, confirms=lambda _: True):
    """Let the search end; also every removal it asked about."""
    pools = [
        Removables("ada", "devices", devices, fewest),
        Removables("ada", "places", places, fewest),
    ]
    running, asked, reply = search_removals(pools), list[Removal](), None
    while True:
        try:
            question = next(running) if reply is None else running.send(reply)
        except StopIteration as stop:
            return stop.value, asked
        asked += question.removals
        freed = [r for r in question.removals if clears(set(r.things))]
        reply = [r for r in freed if confirms(r)] if question.sure else freed


def found(*args, **kwargs):
    return search(*args, **kwargs)[0]


def test_a_trace_is_never_proposed():
    guest, friend = devices(1, 1, days=[2, 1])
    assert found(lambda gone: guest in gone, (guest, friend)) is None


def test_a_trace_may_go_beside_what_carries_use():
    some = devices(1, 1, days=[2, 9])
    assert found(lambda gone: some[0] in gone, some).things == some


@st.composite
def laws(draw):
    """Devices, and sets of which at least one must go whole: more removed never clears less."""
    some = devices(*draw(st.lists(st.integers(1, 3), min_size=1, max_size=8)))
    enough = draw(st.lists(st.sets(st.sampled_from(some), min_size=1, max_size=4), max_size=3))
    return some, enough


def law_of(enough):
    return lambda gone: any(gone >= need for need in enough)


class TestSearch:
    @given(laws())
    def test_what_is_found_clears_and_nothing_can_be_left_out_of_it(self, law):
        some, enough = law
        clears = law_of(enough)
        answer = found(clears, some)
        if answer:
            assert clears(set(answer.things))
            assert not any(clears(set(answer.things) - {one}) for one in answer.things)

    @given(laws())
    def test_nothing_smaller_clears_where_all_is_tried(self, law):
        some, enough = law
        clears = law_of(enough)
        size = len(answer.things) if (answer := found(clears, some)) else MOST + 1
        for smaller in range(1, min(size, 3)):
            if len(list(combinations(some, smaller))) <= TRIED:
                assert not any(clears(set(gone)) for gone in combinations(some, smaller))

    @given(laws())
    def test_it_is_bounded(self, law):
        _, asked = search(law_of(law[1]), law[0])
        assert max((len(r.things) for r in asked), default=0) <= MOST
        assert len(asked) <= 3 * TRIED + MOST + MOST * MOST

    def test_one_device_rather_than_one_place(self):
        assert found(bool, devices(1), places(1)).kind == "devices"

    def test_one_place_rather_than_two_devices(self):
        both, spot = devices(1, 1), places(1)
        answer = found(lambda gone: gone >= set(both) or gone >= set(spot), both, spot)
        assert answer.things == spot

    def test_the_device_used_least(self):
        answer = found(bool, devices(1, 1, 1, days=[30, 4, 9]))
        assert [thing.days for thing in answer.things] == [4]

    def test_a_device_of_known_kind_rather_than_an_unknown_one(self):
        vague = Thing("a0", 1, 1, 1, "unknown")
        answer = found(bool, (vague, *devices(1)))
        assert vague not in answer.things

    def test_two_large_households_go_together_but_what_may_stay_stays(self):
        some = devices(1, 1, 1, 2, 2)
        need = set(some[:2]) | {some[3]}
        assert set(found(lambda gone: gone >= need, some).things) == need

    def test_nothing_clears(self):
        assert found(lambda _: False, devices(1, 2, 3), places(1, 2, 3)) is None

    def test_nothing_external(self):
        assert found(lambda _: True) is None

    def test_too_many_to_read_out(self):
        some = devices(*range(1, MOST + 2))
        assert found(lambda gone: gone >= set(some), some) is None

    def test_what_is_not_confirmed_is_not_proposed(self):
        some = devices(1, 1, days=[3, 9])
        answer = found(bool, some, confirms=lambda r: some[0] not in r.things)
        assert answer.things == some[1:]

    def test_nothing_is_proposed_that_never_is_confirmed(self):
        assert found(lambda _: True, devices(1, 1, 2), places(1), confirms=lambda _: False) is None

    def test_no_set_that_leaves_a_household_whole_is_tried(self):
        _, asked = search(lambda _: True, devices(1, 2, 3, 4), fewest=3)
        assert min(len(removal.things) for removal in asked) >= 3
