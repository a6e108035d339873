"""What a call of `decide` makes of a run: one case here for each way that an account may go."""

from datetime import timedelta

import polars as pl
import pytest
from sqlalchemy import insert

from detector.cases.actions import Act, appeal, decide, exempt
from detector.cases.failures import RefusedDecisionError
from detector.cases.golden import add_golden
from detector.cases.night import JudgedRun, Night, count_decided, decide_night
from detector.cases.reverting import revert
from detector.cases.reviewing import record_review, undo_review
from detector.cases.rows import DELIVERIES
from detector.cases.subjects import Chosen
from detector.cases.suspending import lift_reason, suspend_reason
from detector.kinds import Treatment
from detector.policy.decisions import ExternalDevices
from detector.policy.read import GRADUATED, read_policy
from detector.policy.rules import Policy, PolicyRule, ReviewTerms
from detector.schemas import Accounts
from tests.detector.cases.answers import answer
from tests.detector.cases.builders import DAY, at, decided
from tests.pipelines.tiny_run import lender, table

pytestmark = pytest.mark.slow

NOTICE = Policy(
    name="mild",
    version="1",
    rules=(PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY),),
)
OFFER = Policy(
    name="offer",
    version="1",
    rules=(PolicyRule(name="add", reason="Elsewhere.", treatment=Treatment.OFFER_EXTRA_MEMBER),),
)
SILENT = NOTICE.model_copy(update={"kill_switch": True})
STAGED = """
name = "staged"
version = "1"
[[rules]]
name = "pause"
reason = "Still used elsewhere."
treatment = "pause_external_devices"
given = ["notify"]
[[rules]]
name = "tell"
reason = "Used elsewhere."
treatment = "notify"
not_given = ["notify"]
[treatments.pause_external_devices]
notice_days = 7
grace_days = 3
"""


def run(name="run-1", day=DAY, *accounts, home=(), **told):
    """A run of lenders, each with a television elsewhere."""
    rows = [lender(account, home_confidence=0.99, **told) for account in accounts or ("ada",)]
    external = [
        {"account_id": row["account_id"], "device_id": "guest-tv", "household_id": "h-1"}
        for row in rows
        if (row["account_id"], "guest-tv") not in home
    ]
    at_home = [{"account_id": account, "device_id": device} for account, device in home]
    return JudgedRun(
        name,
        day,
        table(Accounts, rows),
        table(ExternalDevices, external),
        pl.DataFrame(at_home, schema={"account_id": pl.String, "device_id": pl.String}),
    )


def night(store, judged, policy=NOTICE, day=0, **chosen):
    """Decide so many days after the first, and return what is new as treatment and device."""
    as_of = DAY + timedelta(days=day)
    with store.writing("decide", at(day)) as writing:
        made = decide_night(writing, judged, Night(as_of, policy, Chosen(**chosen)))
        rows = writing.read_decisions().filter(pl.col("seq").is_between(made.first, made.last))
    return [
        ("take back " if row["withdraws"] else "") + row["treatment"]
        for row in rows.iter_rows(named=True)
    ]


def state(store, account="ada"):
    with store.reading() as reading:
        return reading.find_case(account)["state"].item()


def act(account="ada", day=0.0):
    return Act(account, "eve", at(day), "a reason")


@pytest.fixture
def policy():
    return read_policy(STAGED, source="staged.toml")


class TestNotice:
    def test_a_flagged_account_is_told_and_warned(self, store):
        assert night(store, run()) == ["notify"]
        assert state(store) == "warned"

    def test_but_once(self, store):
        night(store, run())
        assert night(store, run("run-2", DAY + timedelta(days=1)), day=1) == []

    def test_who_is_held_out_is_not(self, store):
        arms = pl.DataFrame({"account_id": ["ada"], "arm": ["control"]})
        assert night(store, run(), arms=arms) == []

    def test_only_the_wave_is(self, store):
        judged = run("run-1", DAY, "ada", "bob")
        assert night(store, judged, wave="first", members=pl.Series(["bob"])) == ["notify"]
        assert state(store, "ada") == "open"


class TestEvidence:
    def test_of_a_run_before_is_not_acted_upon(self, store):
        """Bob was flagged when there was no policy yet; the run of today does not judge him."""
        night(store, run("run-1", DAY, "ada", "bob"), SILENT)
        assert night(store, run("run-2", DAY + timedelta(days=1)), day=1) == ["notify"]
        assert state(store, "bob") == "open"

    def test_of_a_newer_run_is_not_passed_for_that_of_an_older_one(self, store):
        night(store, run("run-2", DAY + timedelta(days=1)), SILENT, day=1)
        assert night(store, run("run-1", DAY), day=1) == []

    def test_of_a_run_that_was_taken_back_is_none(self, store):
        night(store, run("run-number-1"), SILENT)
        with store.writing("eve", at(1)) as writing:
            revert(writing, "run-number-1", "wrong list")
        with pytest.raises(RefusedDecisionError, match="taken back"):
            night(store, run("run-number-1"), day=1)


class TestDevices:
    def confirmed(self, store, policy):
        night(store, run(), policy)
        decide(store, act(), "confirm")

    def test_are_paused_after_notice_and_grace(self, store, policy):
        self.confirmed(store, policy)
        night(store, run("run-2", DAY + timedelta(days=1)), policy, day=1)
        made = {day: night(store, run(f"run-{day}", DAY + timedelta(days=day)), policy, day)
                for day in range(2, 15)}  # fmt: skip
        first = next(day for day, each in made.items() if each)
        assert made[first] == ["pause_external_devices"]
        assert first >= 10
        assert state(store) == "treated"

    def test_are_left_alone_until_a_person_has_confirmed(self, file_store, policy):
        made = [
            night(file_store, run(f"run-{day}", DAY + timedelta(days=day)), policy, day)
            for day in range(20)
        ]
        assert [each for night in made for each in night] == ["notify"]

    def test_that_turn_out_to_be_of_home_are_let_go(self, store, policy):
        with store.writing("decide", at()) as writing:
            writing.take_in(run().accounts, "run-0", DAY)
            writing.add_decisions(decided("ada", "pause_external_devices", device="guest-tv"))
        judged = run("run-2", DAY + timedelta(days=1), home=[("ada", "guest-tv")])
        assert "take back pause_external_devices" in night(store, judged, policy, day=1)

    def test_nobody_waits_out_a_notice_that_was_not_sent(self, store, policy):
        self.confirmed(store, policy)
        with store.writing("deliver", at()) as writing:
            notice = writing.decisions_in_force(["ada"])["decision_id"].item()
            row = {"sink": "web", "seq": 1, "decision_id": notice, "account_id": "ada",
                   "state": "due", "attempts": 9, "next_us": 0}  # fmt: skip
            writing.connection.execute(insert(DELIVERIES).values(**row))
        made = [
            night(store, run(f"run-{day}", DAY + timedelta(days=day)), policy, day)
            for day in range(1, 30, 4)
        ]
        assert not any(made)


class TestPeople:
    def test_an_exempt_account_is_left_alone(self, store):
        night(store, run(), NOTICE.model_copy(update={"kill_switch": True}))
        exempt(store, act())
        assert night(store, run("run-2", DAY + timedelta(days=1)), day=1) == []

    def test_an_appeal_takes_back_and_pauses(self, store):
        night(store, run())
        appeal(store, act(day=0.5))
        with store.reading() as reading:
            assert reading.decisions_in_force().is_empty()
        assert night(store, run("run-2", DAY + timedelta(days=1)), day=1) == []

    def test_who_pays_by_now_is_let_go(self, store):
        night(store, run())
        paying = {"flagged": False, "pattern": "extra_members", "verdict": "one_household"}
        judged = run("run-2", DAY + timedelta(days=1), **paying)
        assert night(store, judged, day=1) == ["take back notify"]
        assert state(store) == "withdrawn"

    def test_who_is_flagged_no_longer_is_told_nothing_more(self, store):
        judged = run("run-1", DAY, flagged=False, verdict="insufficient_evidence")
        assert night(store, judged) == []


def test_the_policies_that_are_shipped_can_be_decided_by(store):
    graduated = read_policy(GRADUATED.read_text(encoding="utf-8"), source="graduated.toml")
    assert night(store, run(), graduated) == night(store, run(), graduated, day=1)


def test_counts_by_treatment_partner_and_country():
    cases = pl.DataFrame({"account_id": ["ada"], "partner": ["north"], "country": ["ES"]})
    one = {"treatment": "notify", "withdrawn": False, "partner": "north", "country": "ES"}
    assert count_decided(decided("ada"), cases) == [one | {"accounts": 1, "decisions": 1}]


class TestReviews:
    """What reviewers answered, and what was found of their answers, reaches a night or does not."""

    def test_a_golden_case_is_passed_over_in_its_run(self, file_store):
        add_golden(file_store, "ada", "run-1", "clear", "lea", at())
        record_review(file_store, answer("confirm"))
        assert night(file_store, run("run-1", DAY, "ada", "bob")) == ["notify"]
        with file_store.reading() as reading:
            assert reading.read_decisions()["account_id"].to_list() == ["bob"]

    @pytest.mark.parametrize("said", ["confirm", "clear", "unsure", "exempt"])
    def test_an_answer_to_a_golden_case_changes_no_later_night(self, file_store, said):
        add_golden(file_store, "ada", "run-1", "clear", "lea", at())
        night(file_store, run())
        record_review(file_store, answer(said))
        assert state(file_store) == "open"
        tomorrow = run("run-2", DAY + timedelta(1))
        assert night(file_store, tomorrow, day=1) == ["notify"]

    @pytest.mark.parametrize(
        ("codes", "decided"),
        [
            (["own_tv", "separation"], []),
            (["own_tv"], ["notify"]),
            (["own_tv", "days"], ["notify"]),
        ],
        ids=["both", "the first alone", "the first and a weak one"],
    )
    def test_an_account_whose_strongest_reasons_are_suspended_is_let_be(
        self, file_store, codes, decided
    ):
        for code in codes:
            suspend_reason(file_store, code, "lea", at())
        reasons = [{"code": code, "parameters": "{}"} for code in ("own_tv", "separation", "days")]
        assert night(file_store, run(reason_codes=reasons)) == decided
        with file_store.reading() as reading:
            assert reading.find_case("ada")["flagged"].item()

    def test_a_reason_that_was_overturned_too_often_is_suspended_by_itself(self, file_store):
        for number in range(3):
            codes = '["own_tv"]'
            record_review(file_store, answer("clear", f"account {number}", reason_codes=codes))
        strict = NOTICE.model_copy(update={"review": ReviewTerms(overturn_min_reviews=3)})
        reasons = [{"code": "own_tv", "parameters": "{}"}]
        assert night(file_store, run(reason_codes=reasons), strict) == []
        lift_reason(file_store, "own_tv", "lea", at(1))
        again = run("run-2", DAY + timedelta(1), reason_codes=reasons)
        assert night(file_store, again, strict, day=1) == ["notify"]

    @pytest.mark.parametrize("second", ["none", "agrees", "differs", "undone", "settled"])
    def test_what_one_person_confirmed_waits_for_a_second(self, file_store, second):
        twice = OFFER.model_copy(update={"review": ReviewTerms(second_look=True)})
        night(file_store, run(), SILENT)
        first = record_review(file_store, answer("confirm")).review_id
        if second != "none":
            said = "clear" if second in ("differs", "settled") else "confirm"
            again = record_review(file_store, answer(said, by="bob", second_of=first)).review_id
            if second == "undone":
                undo_review(file_store, again, "bob", at())
            if second == "settled":
                record_review(file_store, answer("confirm", by="lea", second_of=again))
        done = night(file_store, run("run-2", DAY + timedelta(1)), twice, day=1)
        assert done == (["offer_extra_member"] if second in ("agrees", "settled") else [])

    def test_by_default_one_person_is_enough(self, file_store):
        night(file_store, run(), SILENT)
        record_review(file_store, answer("confirm"))
        done = night(file_store, run("run-2", DAY + timedelta(1)), OFFER, day=1)
        assert done == ["offer_extra_member"]
