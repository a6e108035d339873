import json

import pytest

from detector.schemas import Places
from detector.stories.tell import RunTables, UnknownAccountError, household_name, tell_story
from tests.pipelines.tiny_run import (
    BOB,
    ESCAPE,
    EVIL,
    SCHEMAS,
    TinyRun,
    account,
    household,
    lender,
    place,
    table,
)


def tables(*stories, honest=()):
    rows = {name: [row for one in stories for row in getattr(one, name)()] for name in SCHEMAS}
    rows["accounts"] += list(honest)
    return RunTables(**{name: table(schema, rows[name]) for name, schema in SCHEMAS.items()})


@pytest.fixture
def story():
    return tell_story(tables(BOB, EVIL, honest=[account("ada")]), "bob")


class TestTellStory:
    def test_devices_live_in_their_households(self, story):
        living = {h.name: [d.device_id for d in h.devices] for h in story.households}
        assert living == {"Home": ["bob-phone", "bob-tv"], "Household 1": ["guest-tv"]}

    def test_no_household_is_called_home_where_that_is_not_known(self):
        class Unsure(TinyRun):
            def accounts(self):
                return [lender("bob", home_confidence=0.7)]

        names = [one.name for one in tell_story(tables(Unsure()), "bob").households]
        assert names == ["Household 0", "Household 1"]

    def test_strongest_evidence_comes_first(self, story):
        steps = story.deciding.evidence
        assert [step.factor for step in steps] == ["separation", "persistence", "prior"]

    def test_bits_sum_to_the_log_odds_shown(self, story):
        assert sum(step.bits for step in story.deciding.evidence) == story.deciding.evidence_bits

    def test_places_of_home_come_first(self, story):
        assert [row.household for row in story.timeline] == [0, 1, None, None]
        assert story.timeline[-1].name == "On the move"

    def test_a_day_on_which_households_meet_has_two_entries(self):
        class Visited(TinyRun):
            def visits(self):
                guest = [row | {"place": 0} for row in super().visits()[-1:]]
                return [*super().visits(), *guest]

        meeting = tell_story(tables(Visited()), "bob").timeline[0].days[-2:]
        assert [(presence.household, presence.devices) for presence in meeting] == [(0, 1), (1, 1)]

    def test_every_device_day_is_counted_once(self, story):
        assert sum(stay.days for stay in story.stays) == len(BOB.visits())

    def test_a_place_without_a_name_has_its_number(self):
        class Unnamed(TinyRun):
            def places(self):
                return [place("bob", 0, city=None, country=None)]

        assert tell_story(tables(Unnamed()), "bob").households[0].places[0].name == "Place 0"

    def test_an_account_about_which_nothing_is_known(self):
        story = tell_story(tables(honest=[account("ada")]), "ada")
        assert (story.timeline, story.deciding, story.first_day) == ((), None, None)

    def test_the_most_probable_group_decides(self):
        class Lender(TinyRun):
            def households(self):
                weak = household("bob", 2, bits=-1.0)
                return [*super().households(), weak]

        assert tell_story(tables(Lender()), "bob").deciding_household == 1

    def test_other_accounts_stay_out(self, story):
        assert "script" not in story.to_json()

    def test_order_of_rows_is_irrelevant(self, story):
        shuffled = tables(EVIL, BOB)
        upside_down = Places.cast(shuffled.places.reverse())
        turned = RunTables(**{**vars(shuffled), "places": upside_down})
        assert tell_story(turned, "bob") == story

    def test_the_story_is_json(self, story):
        assert json.loads(story.to_json())["households"][1]["area"] == "Lille, FR"


class TestUnknownAccount:
    def test_near_matches_are_named(self):
        with pytest.raises(UnknownAccountError, match="did you mean 'bob'"):
            tell_story(tables(BOB), "bobb")

    def test_control_characters_stay_out_of_the_message(self):
        known = [lender(ESCAPE)["account_id"]]
        message = str(UnknownAccountError.among(ESCAPE[:-1], known))
        assert "\x1b" not in message
        assert "\u202e" not in message
        assert "did you mean" in message


class TestHouseholdName:
    @pytest.mark.parametrize(
        ("number", "name"), [(0, "Home"), (3, "Household 3"), (None, "No household")]
    )
    def test_names(self, number, name):
        assert household_name(number) == name
