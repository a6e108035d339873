import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from detector.cases.audit import GENESIS, TOLD, Link, canonical, chain, encode_rows, find_breaks
from detector.cases.checkpoint import (
    Checkpoint,
    CheckpointError,
    read_checkpoint,
    sign,
    take_checkpoint,
)
from detector.cases.rows import CASES, DECISIONS, HEAD, MOVES
from detector.cases.verify import verify_chain
from detector.errors import SettingsError
from tests.detector.cases.builders import at, decided, moves, open_cases, walk

KEY = b"a key of enough bytes"
CELLS = st.none() | st.integers(-(2**53), 2**53)


@pytest.fixture
def kept(store):
    """A store with a dozen moves of all kinds, and decisions of which one was taken back."""
    open_cases(store, "ada", "bob")
    for account in ("ada", "bob"):
        with store.writing("decide", at()) as writing:
            writing.add_decisions(decided(account))
            writing.move(moves(account, to="warned", version=1, note="a notice"))
    walk(store, "ada", "appealed", "upheld")
    walk(store, "bob", "under_review", "confirmed")
    with store.writing("decide", at(1)) as writing:
        writing.add_decisions(decided("bob", "verify_device"))
    return store


def whole(store):
    return verify_chain(store).breaks == ()


def rows(store):
    with store.reading() as reading:
        return reading.read_moves()


def tamper(store, *statements):
    with store.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def rewrite(store, changed):
    """Put another chain in place of the one that is there, hashed without a flaw."""
    linked, end = chain(changed.drop("seq", "previous", "hash"), Link())
    told = linked.select(column.name for column in MOVES.columns).to_dicts()
    tamper(
        store,
        delete(MOVES),
        insert(MOVES).values(told),
        update(HEAD).values(moves=end.moves, hash=end.hash),
    )


class TestChain:
    def test_starts_from_nothing_and_goes_on(self, kept):
        told = rows(kept)
        assert told["seq"].to_list() == [*range(1, told.height + 1)]
        assert told["previous"].to_list() == [GENESIS, *told["hash"][:-1]]
        assert whole(kept)

    @given(st.lists(st.tuples(st.none() | st.text(), CELLS), min_size=1))
    def test_both_ways_of_writing_rows_down_agree(self, cells):
        frame = pl.DataFrame(cells, schema={"b": pl.String, "a": pl.Int64}, orient="row")
        assert encode_rows(frame).to_list() == [canonical(row) for row in frame.to_dicts()]

    def test_any_text_is_chained(self):
        odd = 'line\nbreak "quoted" \\ \u2028 \x00 \x7f 🏠 {"seq":1}'
        told = pl.DataFrame([{**dict.fromkeys(TOLD, odd), "at_us": 1}]).drop("seq")
        linked, end = chain(pl.concat([told, told]), Link())
        assert find_breaks(linked, end) == []


@pytest.mark.slow
class TestTampering:
    """Of each single move; what only a checkpoint can tell is told with one."""

    @pytest.mark.parametrize("field", ["at_us", "actor", "note", "to_state", "body", "hash"])
    def test_an_edited_move(self, kept, field):
        for seq in rows(kept)["seq"]:
            value = select(MOVES.c[field]).where(MOVES.c.seq == seq)
            with kept.engine.begin() as connection:
                before = connection.execute(value).scalar()
            other = 7 if field == "at_us" else f"!{(before or '')[1:]}"
            tamper(kept, update(MOVES).where(MOVES.c.seq == seq).values({field: other}))
            assert any(f"Move {seq} was changed" in words for words in verify_chain(kept).breaks)
            tamper(kept, update(MOVES).where(MOVES.c.seq == seq).values({field: before}))
        assert whole(kept)

    def test_a_deleted_move(self, kept):
        told = rows(kept)
        for row in told.to_dicts():
            tamper(kept, delete(MOVES).where(MOVES.c.seq == row["seq"]))
            assert not whole(kept)
            tamper(kept, insert(MOVES).values(row))
        assert whole(kept)

    def test_two_moves_in_the_other_order(self, kept):
        told = rows(kept)
        for seq in told["seq"][:-1]:
            swap = (
                update(MOVES).where(MOVES.c.seq == old).values(seq=new)
                for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1))
            )
            tamper(kept, *swap)
            assert not whole(kept)
            back = (
                update(MOVES).where(MOVES.c.seq == old).values(seq=new)
                for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1))
            )
            tamper(kept, *back)
        assert whole(kept)

    def test_an_end_that_was_cut_off(self, kept):
        checkpoint, told = take_checkpoint(kept, at()), rows(kept)
        for seq in reversed(told["seq"]):
            last = told.filter(pl.col("seq") == seq).row(0, named=True)
            end = {"moves": seq - 1, "hash": last["previous"]}
            tamper(kept, delete(MOVES).where(MOVES.c.seq == seq), update(HEAD).values(end))
            found = verify_chain(kept, checkpoint).breaks
            assert any("The end was cut off" in words for words in found)

    def test_a_chain_written_anew_from_its_first_move(self, kept):
        checkpoint, told = take_checkpoint(kept, at()), rows(kept)
        for seq in told["seq"]:
            note = pl.when(pl.col("seq") == seq).then(pl.lit("otherwise")).otherwise("note")
            rewrite(kept, told.with_columns(note=note))
            assert verify_chain(kept).breaks == ()
            found = verify_chain(kept, checkpoint).breaks
            assert any("written anew" in words for words in found)
        rewrite(kept, told)
        assert verify_chain(kept, checkpoint).breaks == ()

    def test_a_store_that_went_on_is_whole(self, kept):
        checkpoint = take_checkpoint(kept, at())
        walk(kept, "bob", "under_review")
        assert verify_chain(kept, checkpoint).breaks == ()

    @pytest.mark.parametrize(
        "change",
        [
            update(CASES).values(state="cleared"),
            update(CASES).values(version=1),
            update(CASES).values(episode=9),
            delete(CASES).where(CASES.c.account_id == "bob"),
        ],
        ids=["state", "version", "episode", "deleted"],
    )
    def test_a_case_that_was_never_moved_there(self, kept, change):
        tamper(kept, change)
        assert "not where its last move led" in verify_chain(kept).breaks[0]

    @pytest.mark.parametrize(
        "change",
        [
            {"treatment": "pause_external_devices"},
            {"not_before_us": 0},
            {"device_id": "tv"},
            {"withdrawn_by": None},
            {"withdrawn_by": "somebody"},
        ],
        ids=str,
    )
    def test_a_changed_decision(self, kept, change):
        for seq in (1, 2, 4):
            now = select(DECISIONS).where(DECISIONS.c.seq == seq)
            with kept.engine.begin() as connection:
                before = connection.execute(now).one()._asdict()
            if all(before[name] == value for name, value in change.items()):
                continue
            tamper(kept, update(DECISIONS).where(DECISIONS.c.seq == seq).values(change))
            assert not whole(kept)
            tamper(kept, update(DECISIONS).where(DECISIONS.c.seq == seq).values(before))
        assert whole(kept)

    def test_a_decision_that_is_gone_or_smuggled_in(self, kept):
        with kept.engine.begin() as connection:
            row = connection.execute(select(DECISIONS).where(DECISIONS.c.seq == 4)).one()._asdict()
        tamper(kept, insert(DECISIONS).values({**row, "seq": 5, "decision_id": "smuggled"}))
        assert not whole(kept)
        tamper(kept, delete(DECISIONS).where(DECISIONS.c.seq.in_([4, 5])))
        assert not whole(kept)


class TestCheckpoint:
    def test_comes_back_as_it_was_signed(self, kept):
        checkpoint = take_checkpoint(kept, at())
        assert read_checkpoint(sign(checkpoint, KEY), KEY) == checkpoint

    @pytest.mark.parametrize("field", ["moves", "hash", "decisions", "at_us", "signature"])
    def test_a_changed_one_is_refused(self, field):
        told = json.loads(sign(Checkpoint(3, "ab", 1, 5), KEY))
        told[field] = 2 if isinstance(told[field], int) else "cd"
        with pytest.raises(CheckpointError, match="not signed"):
            read_checkpoint(json.dumps(told), KEY)

    def test_another_key_is_refused(self):
        with pytest.raises(CheckpointError, match="not signed"):
            read_checkpoint(sign(Checkpoint(3, "ab", 1, 5), KEY), KEY[::-1])

    @pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"signature": 1}', "\ud800"])
    def test_what_is_none_is_refused(self, text):
        with pytest.raises(CheckpointError):
            read_checkpoint(text, KEY)

    def test_a_short_key_is_refused(self):
        with pytest.raises(SettingsError, match="8 bytes"):
            sign(Checkpoint(3, "ab", 1, 5), b"too-less")
