from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.geo import from_spot
from detector.kinds import DEVICE_TYPES
from detector.log_settings import EventSettings
from detector.schemas import Events, Sightings
from detector.sightings.build import build_sightings, merge_sightings

pytestmark = pytest.mark.slow

MAY_1 = datetime(2026, 5, 1, tzinfo=UTC)
SCHEMA = {name: column.dtype for name, column in Events.columns().items()}


def event(hour=12.0, **fields):
    row = {
        "account_id": "ada",
        "device_id": "tv",
        "network": "81.2.69.142",
        "ts": MAY_1 + timedelta(hours=hour),
        "device_type": "tv",
    }
    return row | fields


def frame(rows):
    return Events.validate(pl.DataFrame(rows, schema=SCHEMA))


def build(*rows, **changed):
    return build_sightings(frame(rows), EventSettings(**changed))


def bits(mask):
    return [bit for bit in range(48) if mask >> bit & 1]


def playing(*rows, **changed):
    """Half-hours played, by day of May."""
    found = build(*rows, **changed)
    return {day.day: bits(mask) for day, mask in found.select("day", "playing").iter_rows()}


class TestBuildSightings:
    def test_nothing(self):
        assert build().equals(Sightings.create_empty())

    def test_a_row_for_each_day(self):
        assert build(event(1), event(2), event(25))["day"].dt.day().to_list() == [1, 2]

    def test_marks_the_half_hours(self):
        found = build(event(0), event(1.5), event(23.9))
        assert bits(found["seen"][0]) == [0, 3, 47]

    @pytest.mark.parametrize("other", [{"network": "x"}, {"device_id": "x"}, {"account_id": "x"}])
    def test_keeps_keys_apart(self, other):
        assert build(event(), event(**other)).height == 2

    def test_of_several_positions_one_is_kept_whole(self):
        there = [{"latitude": 1.2345, "longitude": -2.0}, {"latitude": -3.0, "longitude": 4.0}]
        found = build(*(event(**each) for each in there), event())
        [position] = found.select(*from_spot(pl.col("spot"))).rows(named=True)
        assert position in there

    def test_a_known_type_outweighs_an_unknown_one(self):
        found = build(event(device_type="unknown"), event(device_type="phone"))
        assert found["device_type"].to_list() == ["phone"]

    def test_labels_do_not_depend_on_the_order(self):
        rows = [event(city="Lyon"), event(city="Albi"), event(city=None)]
        assert build(*rows)["city"].to_list() == build(*rows[::-1])["city"].to_list() == ["Albi"]


class TestPlaying:
    def test_a_login_plays_nothing(self):
        assert playing(event(event_type="login", duration_s=3600)) == {1: []}

    def test_a_start_plays_from_its_time_on(self):
        assert playing(event(20, event_type="playback_start", duration_s=5400)) == {1: [40, 41, 42]}

    def test_a_stop_plays_up_to_its_time(self):
        assert playing(event(20, event_type="playback_stop", duration_s=5400)) == {1: [37, 38, 39]}

    @pytest.mark.parametrize("kind", ["playback_start", "playback_stop", "playback_pause"])
    def test_without_a_duration_it_plays_in_its_own_half_hour(self, kind):
        assert playing(event(20.75, event_type=kind)) == {1: [41]}

    def test_a_duration_alone_is_a_playback(self):
        assert playing(event(20, event_type=None, duration_s=60)) == {1: [40]}

    def test_without_type_and_duration_nothing_plays(self):
        assert playing(event(20)) == {1: []}

    def test_longer_than_anyone_watches_is_cut(self):
        found = playing(event(1, event_type="playback_start", duration_s=10**9), max_play_hours=2)
        assert found == {1: [2, 3, 4, 5]}

    def test_across_midnight_both_days_are_sighted(self):
        late = event(23.25, event_type="playback_start", duration_s=7200)
        assert playing(late) == {1: [46, 47], 2: [0, 1, 2]}

    def test_a_stop_after_midnight_sights_the_day_before(self):
        assert playing(event(24.5, event_type="playback_stop", duration_s=3600)) == {
            1: [47],
            2: [0],
        }

    def test_a_stop_at_midnight_is_an_event_of_the_new_day(self):
        found = build(event(24, event_type="playback_stop", duration_s=1800))
        rows = found.select("day", "seen", "playing").rows()
        assert rows == [(date(2026, 5, 1), 1 << 47, 1 << 47), (date(2026, 5, 2), 1, 0)]

    def test_it_is_seen_while_it_plays(self):
        found = build(event(20.5, event_type="playback_start", duration_s=5400))
        assert bits(found["seen"][0]) == [41, 42, 43]


class TestProfiles:
    @pytest.mark.parametrize("nobody", [None, "", "  ", "0", "null"])
    def test_who_chose_none_has_none(self, nobody):
        assert build(event(profile_id=nobody))["profiles"].to_list() == [0]

    def test_each_has_a_bit(self):
        found = build(event(profile_id="kids"), event(profile_id="ada"))
        assert found["profiles"].bitwise_count_ones().to_list() == [2]


TEXTS = st.sampled_from(["a", "b", "c"])
EVENTS = st.lists(
    st.builds(
        event,
        hour=st.floats(0, 100),
        account_id=TEXTS,
        device_id=TEXTS,
        network=TEXTS,
        event_type=st.sampled_from([None, "login", "playback_start", "playback_stop"]),
        device_type=st.sampled_from(DEVICE_TYPES),
        duration_s=st.none() | st.integers(0, 50_000),
        city=st.none() | TEXTS,
        asn=st.none() | st.integers(1, 3),
        latitude=st.floats(-90, 90),
        longitude=st.floats(-180, 180),
    ),
    max_size=12,
)


def brute_force(rows):
    """Half-hours played per key and day, one event and one slot at a time."""
    found = {}
    for row in rows:
        key = (row["account_id"], row["device_id"], row["network"])
        found.setdefault((*key, row["ts"].date()), set())
        if (row["event_type"] or "").startswith("playback"):
            length = timedelta(seconds=min(row["duration_s"] or 0, 6 * 3600))
            start = row["ts"] - (length if row["event_type"] == "playback_stop" else timedelta())
            last = start + length - timedelta(microseconds=1 if length else 0)
        elif row["event_type"] is None and row["duration_s"] is not None:
            start = row["ts"]
            length = timedelta(seconds=min(row["duration_s"], 6 * 3600))
            last = start + length - timedelta(microseconds=1 if length else 0)
        else:
            continue
        slot = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
        while slot <= last:
            number = slot.hour * 2 + slot.minute // 30
            found.setdefault((*key, slot.date()), set()).add(number)
            slot += timedelta(minutes=30)
    return found


class TestProperties:
    @settings(deadline=None, max_examples=40)
    @given(EVENTS)
    def test_playing_is_what_counting_by_hand_gives(self, rows):
        found = build(*rows)
        keys = Sightings.primary_key()
        masks = {tuple(r[:-1]): set(bits(r[-1])) for r in found.select(*keys, "playing").rows()}
        assert masks == brute_force(rows)

    @settings(deadline=None, max_examples=40)
    @given(EVENTS, st.randoms())
    def test_the_order_of_events_is_irrelevant(self, rows, random):
        shuffled = random.sample(rows, len(rows))
        assert build(*rows).equals(build(*shuffled))

    @settings(deadline=None, max_examples=40)
    @given(EVENTS, st.lists(st.lists(st.integers(0, 11), max_size=9), max_size=5), st.randoms())
    def test_any_multiset_of_pieces_that_has_all_events_gives_the_same(self, rows, more, random):
        again = [[rows[n] for n in some if n < len(rows)] for some in more]
        cut = random.randint(0, len(rows))
        pieces = [rows[:cut], rows[cut:], *again]
        random.shuffle(pieces)
        assert merge_sightings(build(*piece) for piece in pieces).equals(build(*rows))

    @settings(deadline=None, max_examples=20)
    @given(EVENTS, EVENTS, EVENTS)
    def test_merging_is_associative_and_commutative(self, one, two, three):
        a, b, c = build(*one), build(*two), build(*three)
        left = merge_sightings([merge_sightings([a, b]), c])
        right = merge_sightings([c, merge_sightings([b, a])])
        assert left.equals(right)


class TestMergeSightings:
    def test_of_nothing(self):
        assert merge_sightings([]).equals(Sightings.create_empty())

    def test_of_one_is_itself(self):
        found = build(event(), event(25))
        assert merge_sightings([found]).equals(found)
