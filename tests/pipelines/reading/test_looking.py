"""A log of which no column bears a name that says anything."""

import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from pipelines.reading.child.looking import look_at, mask
from pipelines.reading.child.opening import open_log
from pipelines.reading.shared.mapping import CONTRACT, column_types
from pipelines.reading.shared.proposing import propose_columns

MEANING = {
    "wann": "ts",
    "kunde": "account_id",
    "geraet": "device_id",
    "adresse": "ip",
    "was": "event_type",
    "womit": "device_type",
    "wielang": "duration_s",
    "land": "country",
    "ort": "city",
    "nord": "latitude",
    "ost": "longitude",
    "netznr": "asn",
    "netz": "as_org",
    "person": "profile_id",
    "vorgang": "event_id",
}
REST = ("sitzung", "titel", "kbit", "kind", "tarif")
PLACES = (
    ("DE", "Berlin", 52.52, 13.4),
    ("DE", "Bonn", 50.73, 7.1),
    ("DE", "Ulm", 48.4, 9.99),
    ("FR", "Lyon", 45.76, 4.83),
    ("FR", "Paris", 48.86, 2.35),
    ("ES", "Madrid", 40.42, -3.7),
    ("ES", "Bilbao", 43.26, -2.93),
)
LINES = {
    "DE": ((3320, "Example Telekom"), (3209, "Sample Cable")),
    "FR": ((3215, "Exemple Fibre"), (12322, "Libre Net")),
    "ES": ((3352, "Linea SA"), (12479, "Otra SA")),
}
AT = ("adresse", "land", "ort", "nord", "ost", "netznr", "netz")
KINDS = ("Samsung Smart TV", "iPhone 13", "iPad Air", "MacBook Pro")


def line(dice, address):
    place = dice.choice(PLACES)
    return (address, *place, *dice.choice(LINES[place[0]]))


def visits(dice, account, home, mobile, day):
    """What one device of an account does on a day."""
    kind = dice.choice(KINDS)
    at = home if kind == KINDS[0] or dice.random() < 0.6 else dice.choice(mobile)
    who, session = f"{account}-{dice.randrange(1, 4)}", f"{dice.getrandbits(96):024x}"
    for number in range(dice.randrange(1, 5)):
        when = day + timedelta(seconds=dice.randrange(18_000))
        yield {
            "wann": int(when.timestamp() * 1000),
            "kunde": account,
            "geraet": f"{account * 7919 + KINDS.index(kind):016x}",
            **dict(
                zip(("adresse", "land", "ort", "nord", "ost", "netznr", "netz"), at, strict=True)
            ),
            "was": "play.start" if number else "signin",
            "womit": kind,
            "wielang": dice.randrange(60, 7000) if number else None,
            "person": who,
            "vorgang": f"{dice.getrandbits(128):032x}",
            "sitzung": session,
            "titel": f"Film {dice.randrange(300)}",
            "kbit": dice.randrange(800, 9000),
            "kind": dice.random() < 0.2,
            "tarif": dice.choice(("basic", "premium")),
        }


def odd_log(accounts=40, days=12):
    dice = random.Random(7)
    mobile = [line(dice, f"82.3.{n}.9") for n in range(40)]
    first = datetime(2026, 5, 1, 18, tzinfo=UTC)
    rows = [
        row
        for number in range(accounts)
        for home in [line(dice, f"81.2.{number}.7")]
        for day in range(days)
        for row in visits(dice, 100_000 + 37 * number, home, mobile, first + timedelta(days=day))
    ]
    return pl.DataFrame(sorted(rows, key=lambda row: row["wann"]), infer_schema_length=None)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("odd") / "log.parquet"
    odd_log().write_parquet(path)
    return open_log(str(path))


@pytest.fixture(scope="module")
def looks(log):
    return look_at(log)


@pytest.fixture(scope="module")
def proposed(log, looks):
    types = {name: str(kind) for name, kind in column_types(log.schema).items()}
    return propose_columns(CONTRACT, types, {}, looks)


class TestProposals:
    @pytest.mark.parametrize(("name", "column"), MEANING.items())
    def test_each_column_is_known_by_what_it_holds(self, proposed, name, column):
        assert proposed.get(column) == name

    def test_nothing_else_is_taken_for_anything(self, proposed):
        assert not set(proposed.values()) & set(REST)

    @pytest.mark.parametrize("column", ["device_id", "account_id", "profile_id"])
    def test_without_the_right_column_no_other_takes_its_place(self, log, looks, column):
        right = next(name for name, meaning in MEANING.items() if meaning == column)
        types = {
            name: str(kind) for name, kind in column_types(log.schema).items() if name != right
        }
        rest = {
            name: look.model_copy(
                update={"pairs": {other: n for other, n in look.pairs.items() if other != right}}
            )
            for name, look in looks.items()
            if name != right
        }
        found = propose_columns([column], types, {}, rest).get(column)
        assert found not in ("vorgang", "sitzung", "adresse", "titel", "kbit")

    def test_from_texts_as_well(self, log, tmp_path, proposed):
        path = tmp_path / "log.csv"
        odd_log().write_csv(path)
        texts = open_log(str(path))
        types = {name: str(kind) for name, kind in column_types(texts.schema).items()}
        found = propose_columns(CONTRACT, types, {}, look_at(texts))
        wrong = {column: name for column, name in found.items() if proposed[column] != name}
        assert (wrong, len(found) >= 10) == ({}, True)


class TestLooks:
    def test_no_value_of_an_id_or_address_is_shown(self, looks):
        values = odd_log()
        for name in ("kunde", "geraet", "adresse", "person", "vorgang", "ort"):
            shown = looks[name].sample
            assert not any(value in shown for value in values[name].cast(pl.String).unique())

    def test_words_are_shown(self, looks):
        assert looks["was"].sample == "play.start, signin"

    def test_nulls_are_counted(self, looks):
        assert looks["wielang"].nulls == odd_log()["wielang"].null_count()

    def test_a_mask_keeps_the_shape(self):
        assert mask("2a02:C7F::9") == "9a99:A9A::9"
