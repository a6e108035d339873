import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.events.id_kernels import find_plain, mark_words

WORDS = ("null", "0", "(null)")


@settings(deadline=None)
@given(st.lists(st.text(max_size=12) | st.sampled_from([*WORDS, "NULL", " 0", "a-1", "\x7f"])))
def test_plain_is_short_visible_ascii_and_no_word(texts):
    found = find_plain(pl.Series(texts, dtype=pl.String), mark_words(WORDS), 8)
    assert found.tolist() == [
        len(text) <= 8
        and all("!" <= letter <= "~" for letter in text)
        and text.lower() not in WORDS
        for text in texts
    ]
