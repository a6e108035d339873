"""Of buckets, of each of which a part is to be judged again."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.local.earlier import _share

drawn = given(
    sizes=st.lists(st.integers(min_value=1, max_value=100), max_size=30),
    count=st.integers(min_value=1, max_value=8),
)


def share(sizes, count):
    return _share(dict(enumerate(sizes)), most=100, count=count)


@drawn
def test_each_is_somewhere_once_and_in_order(sizes, count):
    assert [number for some in share(sizes, count) for number in some] == list(range(len(sizes)))


@drawn
def test_none_is_larger_than_two_buckets(sizes, count):
    loads = [sum(sizes[number] for number in some) for some in share(sizes, count)]
    assert all(load <= 200 for load in loads)


@drawn
def test_the_largest_is_at_most_one_thing_above_the_mean(sizes, count):
    loads = [sum(sizes[number] for number in some) for some in share(sizes, count)]
    assert all(load * len(loads) <= sum(sizes) + max(sizes) * len(loads) for load in loads)
