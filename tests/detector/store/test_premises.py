from detector.events.accounts import AccountRecords, Known
from detector.networks.partners import PartnerLines
from detector.networks.survey import Surroundings, survey
from detector.settings import Settings
from detector.store.premises import sum_up_premises
from tests.detector.builders import sightings_of, stays, table

SEEN = sightings_of(
    [
        *stays("ada", "tv", "81.2.69.142"),
        *stays("bob", "tv", "92.40.7.1"),
        *stays("cyd", "tv", "92.40.9.1"),
    ]
)
AROUND = survey([SEEN], Settings())
SOLD = Known(
    records=table(
        AccountRecords,
        [{"account_id": "ada", "partner": "Orbita"}, {"account_id": "bob", "partner": "Orbita"}],
    )
)


def changed(*lines):
    """Whose premises are others once these lines are known to be a partner's."""
    rows = [{"partner": who, "pool": pool, "micro_bits": 2_000_000} for who, pool in lines]
    usual = [
        {"partner": who, "pool": "151.3", "micro_bits": 2_000_000} for who in ("Orbita", "Virtua")
    ]
    before, after = (
        sum_up_premises(
            SEEN,
            Surroundings(
                AROUND.networks, AROUND.device_accounts, AROUND.scatter, table(PartnerLines, each)
            ),
            SOLD,
        )
        for each in (usual, usual + rows)
    )
    return after.join(before, on=before.columns, how="anti")["account_id"].to_list()


class TestPartnerLines:
    def test_a_line_tells_of_the_partners_customers_behind_it(self):
        assert changed(("Orbita", "81.2")) == ["ada"]

    def test_a_line_where_none_of_them_was_tells_nobody(self):
        assert changed(("Orbita", "100.64")) == []

    def test_another_partners_line_tells_nobody(self):
        assert changed(("Virtua", "81.2"), ("Virtua", "92.40")) == []

    def test_of_whom_nothing_is_on_record_it_tells_nothing(self):
        assert "cyd" not in changed(("Orbita", "92.40"))
