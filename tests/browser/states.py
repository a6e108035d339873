"""Runs that a page may look wrong with: nobody, one account, many devices, many households."""

from dataclasses import dataclass, replace
from datetime import timedelta

from tests.pipelines.tiny_run import (
    BOB,
    FIRST,
    TinyRun,
    account,
    bits,
    device,
    household,
    lender,
    place,
    theme,
    tie,
    visits,
    write_manifest,
    write_run,
)

KINDS = ("tv", "phone", "tablet", "console", "stick", "laptop", "desktop", "unknown")
PLACES = ("home_line", "carrier_nat", "cellular", "workplace", "campus", "venue", "anonymizer")
CITIES = (
    ("Paris", "FR", 48.9, 2.4),
    ("Lille", "FR", 50.6, 3.1),
    ("Saint-Jean-de-la-Ruelle", "FR", 47.9, 1.9),
    ("London", "GB", 51.5, -0.1),
    ("Newcastle upon Tyne", "GB", 55.0, -1.6),
    ("Kirkwall", "GB", 59.0, -3.0),
    ("Madrid", "ES", 40.4, -3.7),
    ("Las Palmas", "ES", 28.1, -15.4),
    ("Berlin", "DE", 52.5, 13.4),
    ("Athina", "GR", 38.0, 23.7),
    ("New York", "US", 40.7, -74.0),
    ("Lille", "FR", 50.6, 3.1),
    ("Lille", "FR", 50.6, 3.1),
    ("Roubaix", "FR", 50.7, 3.2),
    ("Paris", "FR", 48.9, 2.4),
    ("Paris", "FR", 48.9, 2.4),
    ("Brussels", "BE", 50.9, 4.4),
)


@dataclass(frozen=True)
class ManyDevices(TinyRun):
    """64 devices with long names in two households, too many to be drawn one by one."""

    account_id: str = "many-devices"

    def accounts(self):
        return [lender(self.account_id, devices=64, external_devices=32)]

    def households(self):
        many = {"devices": 32, "places": 12}
        return [
            household(self.account_id, 0, **many),
            household(self.account_id, 1, bits=5.0, probability=0.97, city="Lille", **many),
        ]

    def device_id(self, n):
        return f"{n:02}-5f0c1f4e-8d1b-4b7a-9a52-living-room"

    def devices(self):
        return [
            device(self.account_id, self.device_id(n), n % 2, KINDS[n // 2 % 8], active_days=64 - n)
            for n in range(64)
        ]

    def places(self):
        return [
            self._place(n, household=n % 2, kind=PLACES[n // 2 % 7], active_days=40 - n)
            for n in range(22)
        ]

    def _place(self, n, **fields):
        city, country, latitude, longitude = CITIES[n % 2]
        where = {"latitude": latitude, "longitude": longitude, "country": country}
        return place(self.account_id, n, city=city, **where, **fields)

    def visits(self):
        return [
            row
            for n in range(64)
            for at in {n % 22, (n + 2) % 22, -1 if n % 5 == 0 else n % 2}
            for row in visits(self.account_id, self.device_id(n), at, range(at % 5, 42, 3 + at % 4))
        ]

    def ties(self):
        return [tie(self.account_id, self.device_id(0), self.device_id(2))]


@dataclass(frozen=True)
class ManyHouseholds(TinyRun):
    """Home and 16 other households, here and overseas, of which four are in one city."""

    account_id: str = "many-households"

    def accounts(self):
        told = {"verdict": "resold", "pattern": "resold", "evidence_bits": 11.0}
        return [
            lender(
                self.account_id,
                **told,
                probability=0.9995,
                external_households=16,
                devices=34,
                external_devices=32,
                themes=[
                    theme("account", 6.5, "separation", '{"tie":0.0}'),
                    theme("presence", -2.5, "own_silence", '{"silent_days":7}'),
                ],
            )
        ]

    def households(self):
        return [
            household(
                self.account_id,
                n,
                bits=11.0 - n / 2 if n else 0.0,
                probability=0.9995 if n else 0.0,
                city=CITIES[n][0],
                country=CITIES[n][1],
                devices=2,
            )
            for n in range(17)
        ]

    def devices(self):
        return [
            device(self.account_id, f"{kind}-{n:02}", n, kind)
            for n in range(17)
            for kind in ("tv", "phone")
        ]

    def places(self):
        return [
            place(
                self.account_id,
                n,
                household=n,
                city=city,
                country=country,
                latitude=latitude,
                longitude=longitude,
                active_days=40 - n,
            )
            for n, (city, country, latitude, longitude) in enumerate(CITIES)
        ]

    def visits(self):
        return [
            row
            for n in range(17)
            for kind in ("tv", "phone")
            for row in visits(self.account_id, f"{kind}-{n:02}", n, range(n % 7, 42, 1 + n % 4))
        ]

    def evidence(self):
        return [
            row
            for n in range(1, 17)
            for row in (
                bits(self.account_id, n, "separation", 9.0 - n / 2, "Its devices never came home."),
                bits(self.account_id, n, "prior", -4.0, "Most accounts are of one household."),
                bits(self.account_id, n, "persistence", 6.0, "Seen in six of six weeks."),
            )
        ]

    def ties(self):
        return [tie(self.account_id, "phone-00", "tv-00")]


@dataclass(frozen=True)
class Nowhere(TinyRun):
    """A log that holds no coordinates."""

    account_id: str = "nowhere"

    def places(self):
        unknown = {"latitude": None, "longitude": None}
        return [row | unknown for row in super().places()]


LONG = replace(BOB, account_id="a" * 120)
LAST = FIRST + timedelta(days=41)


def write_states(folder):
    """Whoever may look wrong, in one run."""
    honest = [account("ada"), account("tom", verdict="insufficient_evidence", probability=0.5)]
    run = write_run(folder, ManyDevices(), ManyHouseholds(), Nowhere(), LONG, honest=honest)
    return write_manifest(run)


def write_nobody(folder):
    """A run of no account at all."""
    return write_manifest(write_run(folder))


def write_one(folder):
    """A run of one account, which is not flagged."""
    return write_manifest(write_run(folder, honest=[account("ada")]))
