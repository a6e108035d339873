import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.kernels.text_order import order_texts

SIMILAR = st.text(alphabet="ab\x00é", max_size=20)


@settings(deadline=None)
@given(st.lists(SIMILAR | st.text()), SIMILAR)
def test_texts_come_in_the_order_of_their_bytes(texts, lead):
    given = pl.Series([lead + text for text in texts], dtype=pl.String)
    found = given.gather(order_texts(given)).to_list()
    assert found == sorted(given.to_list(), key=str.encode)


def test_a_long_run_of_like_texts_is_sorted():
    given = pl.Series([f"a rather long beginning {7919 * n % 5003:05}" for n in range(5003)])
    assert given.gather(order_texts(given)).to_list() == sorted(given.to_list())
