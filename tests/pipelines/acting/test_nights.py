"""What holds night for night, whatever runs, policies, people and receivers do."""

from collections import Counter
from datetime import timedelta

import polars as pl
import pytest

from detector.cases.open import open_store
from detector.cases.reverting import revert
from detector.cases.state import TAKES_BACK, UNTREATABLE
from detector.cases.verify import verify_chain
from detector.kinds import Treatment
from tests.detector.feed.decided import in_force, send_until_done
from tests.pipelines.acting.drawn_nights import HELD_OUT, ON_DEVICES, DrawnNights

pytestmark = pytest.mark.slow

WALKS, NIGHTS = (0, 3, 5, 6, 7), 10
"""Seeds whose policies do, taken together, all there is to do."""


def test_in_many_nights_nobody_is_wronged_and_nothing_is_lost(tmp_path):
    done = Counter[str]()
    for seed in WALKS:
        folder = tmp_path / f"walk-{seed}"
        folder.mkdir()
        with open_store(str(folder / "cases.db")) as store:
            nights = DrawnNights(store, folder, seed)
            for _ in range(NIGHTS):
                done.update(live_a_night(nights))
            check_the_end(nights)
            take_all_back(nights)
            assert not verify_chain(store).breaks
    assert done.keys() >= {*map(str, Treatment)} - {"none"}, "these nights do all there is to do"


def live_a_night(nights: DrawnNights) -> list[str]:
    """The treatments that were decided."""
    nights.next_day()
    made = [decide(nights, wave) for wave in (None, nights.chance.choice([None, None, "first"]))]
    check_caps(nights)
    check_standing(nights)
    nights.people_act()
    nights.results_come()
    check_standing(nights)
    check_sent(nights)
    return [kind for each in made for kind in each]


def decide(nights: DrawnNights, wave: str | None) -> list[str]:
    before = read(nights)
    found = nights.decide(wave)
    after = read(nights)
    if found is None:
        assert before.equals(after), "a second call for a day changes something"
        return []
    if nights.chance.random() < 0.3:
        assert nights.decide(wave) is None
        assert read(nights).equals(after), "a second call for a day changes something"
    new = after.join(before.select("decision_id"), on="decision_id", how="anti")
    treated = new.filter(pl.col("withdraws").is_null())
    assert sorted(new["decision_id"]) == sorted(found.decisions["decision_id"])
    check_treated(nights, treated)
    return treated["treatment"].cast(pl.String).to_list()


def check_treated(nights: DrawnNights, treated: pl.DataFrame) -> None:
    key = ["account_id", "device_id"]
    to_devices = treated.filter(pl.col("treatment").is_in(ON_DEVICES))
    assert to_devices["device_id"].null_count() == 0
    assert to_devices.join(nights.judged.home, on=key).is_empty(), "a home device is treated"
    assert to_devices.join(nights.judged.external, on=key, how="anti").is_empty()
    accounts = set(treated["account_id"])
    assert not accounts & {*HELD_OUT}, "who is held out is treated"
    flagged = nights.judged.accounts.filter("flagged", pl.col("verdict") == "shared")
    assert accounts <= {*flagged["account_id"]}, "who the run does not flag is treated"


def check_standing(nights: DrawnNights) -> None:
    """Nothing is in force against whom somebody protects, or what is at home."""
    with nights.store.reading() as reading:
        cases, standing = reading.read_cases(), reading.decisions_in_force()
    protected = cases.filter(pl.col("state").is_in([*UNTREATABLE | TAKES_BACK]))
    assert standing.join(protected, on="account_id").is_empty(), "a protected one is treated"
    key = ["account_id", "device_id"]
    assert standing.join(nights.judged.home, on=key).is_empty(), "a home device stays treated"
    assert not {*standing["account_id"]} & {*HELD_OUT}


def check_caps(nights: DrawnNights) -> None:
    caps, direct = nights.policy.caps, [None, *nights.policy.direct]
    today = read(nights).filter(pl.col("withdraws").is_null(), pl.col("as_of") == nights.day)
    accounts = today["account_id"].unique().to_list()
    partners = Counter(nights.sold[name]["partner"] for name in accounts)
    countries = Counter(nights.sold[name]["country_of_record"] for name in accounts)
    for cap, counts in (
        (caps.per_day, [len(accounts)]),
        (caps.per_partner_per_day, [n for name, n in partners.items() if name not in direct]),
        (caps.per_country_per_day, countries.values()),
    ):
        assert cap is None or max(counts, default=0) <= cap


def check_sent(nights: DrawnNights) -> None:
    """Nothing is sent before its time, and nothing after it was withdrawn."""
    came = nights.deliver()
    known = {row["decision_id"]: row for row in read(nights).iter_rows(named=True)}
    for message in came:
        assert message.not_before_us <= nights.time.us
        assert known[message.decision_id]["withdrawn_by"] is None, "sent after its withdrawal"


def check_the_end(nights: DrawnNights) -> None:
    nights.time.turn(3 * 24 * 3600)
    nights.receiver.says = lambda message, times: nights._says(message, times)
    send_until_done(nights.store, nights.receiver, nights.time, days=60)
    with nights.store.reading() as reading:
        wanted = {*reading.decisions_in_force()["decision_id"]}
    assert in_force(nights.receiver.took) == wanted


def take_all_back(nights: DrawnNights) -> None:
    """Every run one after the other: at the end the receiver does nothing any more."""
    with nights.store.reading() as reading:
        runs = reading.read_runs()["run"].to_list()
    for name in runs:
        nights.time.turn(60)
        with nights.store.writing("eve", nights.time.us) as writing:
            revert(writing, name, "all of it was wrong")
            assert not {name} & {*writing.decisions_in_force()["run"]}
    with nights.store.reading() as reading:
        assert reading.decisions_in_force().is_empty()
    nights.time.turn(timedelta(hours=1).total_seconds())
    send_until_done(nights.store, nights.receiver, nights.time, days=60)
    assert in_force(nights.receiver.took) == set()


def read(nights: DrawnNights) -> pl.DataFrame:
    with nights.store.reading() as reading:
        return reading.read_decisions()
