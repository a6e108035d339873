import pytest

from detector.measuring.compare import Side, compare_runs, list_changed
from detector.schemas import Accounts, Evidence
from tests.pipelines.tiny_run import account, bits, lender, table


def side(*accounts, evidence=()):
    return Side(table(Accounts, list(accounts)), table(Evidence, list(evidence)))


def unsure(account_id, **fields):
    doubt = {"verdict": "insufficient_evidence", "probability": 0.7, "evidence_bits": 1.2}
    return account(account_id, **doubt | fields)


def change(before, after):
    """What became of Bob, given his evidence on both sides."""
    found = compare_runs(side(unsure("bob"), evidence=before), side(lender("bob"), evidence=after))
    return found.changes[0]


class TestTotals:
    def test_every_account_of_both_is_in_the_table_once(self):
        before = side(account("ada"), unsure("bob"), account("eve"))
        after = side(account("ada"), lender("bob"), account("eve"))
        cells = {(t.before, t.after): t.accounts for t in compare_runs(before, after).transitions}
        assert cells == {
            ("one_household", "one_household"): 2,
            ("insufficient_evidence", "shared"): 1,
        }

    def test_flags_that_came_went_and_stayed(self):
        before = side(lender("ada"), unsure("bob"), lender("eve"))
        after = side(lender("ada"), lender("bob"), unsure("eve"))
        found = compare_runs(before, after)
        assert (found.newly_flagged, found.released, found.still_flagged) == (1, 1, 1)

    def test_accounts_in_one_run_only(self):
        found = compare_runs(
            side(account("ada"), account("bob")), side(account("bob"), lender("eve"))
        )
        assert (found.only_before, found.only_after) == (("ada",), ("eve",))
        assert found.in_both == 1
        assert found.changes == ()

    def test_a_run_with_itself(self):
        one = side(lender("ada"), account("bob"), evidence=[bits("ada", 1, "weeks", 2.0)])
        found = compare_runs(one, one)
        assert (found.changes, found.newly_flagged, found.released) == ((), 0, 0)

    def test_of_nothing(self):
        assert compare_runs(side(), side()).in_both == 0


class TestChanges:
    @pytest.mark.parametrize(
        ("now", "changed"),
        [
            pytest.param(account("bob"), False, id="same verdict"),
            pytest.param(account("bob", probability=0.3), False, id="other probability"),
            pytest.param(unsure("bob"), True, id="other verdict"),
            pytest.param(account("bob", flagged=True), True, id="other flag"),
        ],
    )
    def test_what_counts_as_one(self, now, changed):
        accounts = [table(Accounts, [row]) for row in (account("bob"), now)]
        assert list_changed(*accounts) == (["bob"] if changed else [])

    def test_flags_stand_first_then_what_moved_most(self):
        before = side(account("ada"), account("bob"), unsure("eve"), account("kim"))
        after = side(unsure("ada"), unsure("bob", evidence_bits=3.0), lender("eve"), account("kim"))
        changes = compare_runs(before, after).changes
        assert [c.account_id for c in changes] == ["eve", "bob", "ada"]

    def test_numbers_of_both_sides(self):
        found = change([], [])
        assert (found.verdict_before, found.verdict_after) == ("insufficient_evidence", "shared")
        assert (found.probability_before, found.probability_after) == (0.7, 0.97)
        assert (found.bits_before, found.bits_after) == (1.2, 5.0)

    def test_the_order_of_rows_does_not_matter(self):
        rows = [lender("ada"), unsure("bob")], [unsure("ada"), lender("bob")]
        one = compare_runs(side(*rows[0]), side(*rows[1]))
        assert one == compare_runs(side(*rows[0][::-1]), side(*rows[1][::-1]))


class TestMoves:
    def test_the_three_that_moved_most(self):
        names = ("weeks", "distance", "rhythm", "company")
        found = change(
            [bits("bob", 1, name, 0.0) for name in names],
            [
                bits("bob", 1, name, moved)
                for name, moved in zip(names, (1, -3, 0.5, 2), strict=True)
            ],
        )
        assert [(m.factor, m.bits) for m in found.moves] == [
            ("distance", -3.0),
            ("company", 2.0),
            ("weeks", 1.0),
        ]

    def test_texts_of_both_sides(self):
        found = change(
            [bits("bob", 1, "weeks", 1.0, "seen in 3 weeks")],
            [bits("bob", 1, "weeks", 2.0, "seen in 4 weeks")],
        )
        assert (found.moves[0].text_before, found.moves[0].text_after) == (
            "seen in 3 weeks",
            "seen in 4 weeks",
        )

    def test_what_did_not_move_is_not_told(self):
        same = [bits("bob", 1, "weeks", 1.0)]
        assert change(same, same).moves == ()

    def test_a_factor_that_was_not_weighed_counts_nothing(self):
        found = change(
            [bits("bob", 1, "no_second_household", -6.0)], [bits("bob", 1, "weeks", 2.0)]
        )
        assert [(m.factor, m.bits) for m in found.moves] == [
            ("no_second_household", 6.0),
            ("weeks", 2.0),
        ]
        assert (found.moves[1].text_before, found.moves[0].text_after) == (None, None)

    def test_the_household_with_the_most_evidence_is_meant(self):
        found = change(
            [bits("bob", 1, "weeks", 1.0), bits("bob", 2, "weeks", -9.0)],
            [bits("bob", 1, "weeks", -9.0), bits("bob", 2, "weeks", 4.0)],
        )
        assert [m.bits for m in found.moves] == [3.0]
