import pytest
from sqlalchemy import update

from detector.cases import filters
from detector.cases.failures import RefusedMoveError
from detector.cases.filters import MOST, SavedFilter, drop_filter, save_filter, saved_filters
from detector.cases.rows import FILTERS
from detector.cases.verify import verify_chain
from detector.errors import SettingsError
from tests.detector.cases.builders import at

TELVIA = SavedFilter("Telvia", "partner=Telvia", "eve", at())


def kept(store):
    with store.reading() as reading:
        return saved_filters(reading)


class TestFilters:
    def test_come_back_by_name(self, store):
        norr = SavedFilter("Norr", "partner=Norr", "tom", at(1))
        for each in (TELVIA, norr):
            save_filter(store, each)
        assert kept(store) == (norr, TELVIA)

    def test_one_of_the_same_name_takes_the_place(self, store):
        save_filter(store, TELVIA)
        later = SavedFilter("Telvia", "partner=Telvia&show=all", "eve", at(1))
        save_filter(store, later)
        assert kept(store) == (later,)

    def test_others_are_touched_by_leads_alone(self, store):
        save_filter(store, TELVIA)
        toms = SavedFilter("Telvia", "", "tom", at(1))
        with pytest.raises(RefusedMoveError, match="eve keeps"):
            save_filter(store, toms)
        with pytest.raises(RefusedMoveError, match="eve keeps"):
            drop_filter(store, "Telvia", "tom", at(1))
        save_filter(store, toms, lead=True)
        assert kept(store) == (toms,)

    def test_a_dropped_name_is_free(self, store):
        save_filter(store, TELVIA)
        drop_filter(store, "Telvia", "eve", at(1))
        assert kept(store) == ()
        drop_filter(store, "Telvia", "eve", at(2))
        save_filter(store, SavedFilter("Telvia", "", "tom", at(3)))
        assert kept(store)[0].saved_by == "tom"

    def test_are_not_without_end(self, file_store, monkeypatch):
        monkeypatch.setattr(filters, "MOST", 2)
        for name in ("a", "b", "b"):
            save_filter(file_store, SavedFilter(name, "", "eve", at()))
        with pytest.raises(RefusedMoveError, match="already"):
            save_filter(file_store, SavedFilter("c", "", "eve", at()))
        assert MOST > 2

    @pytest.mark.parametrize("name", ["", " ", " a", "a" * 61, "a\x1b[31m", "a\u202eb", "a\0"])
    def test_a_name_can_be_shown(self, file_store, name):
        with pytest.raises(SettingsError):
            save_filter(file_store, SavedFilter(name, "", "eve", at()))

    def test_history_tells_who_saved_and_dropped(self, store):
        save_filter(store, TELVIA)
        drop_filter(store, "Telvia", "lea", at(1), lead=True)
        with store.reading() as reading:
            moves = reading.read_moves()
        assert moves.select("actor", "kind").rows() == [
            ("eve", "save_filter"),
            ("lea", "drop_filter"),
        ]

    def test_are_not_changed_behind_the_back_of_the_chain(self, store):
        save_filter(store, TELVIA)
        assert verify_chain(store).breaks == ()
        with store.engine.begin() as connection:
            connection.execute(update(FILTERS).values(query="show=all"))
        assert "'Telvia' of filters" in verify_chain(store).breaks[0]
