"""A run folder of three accounts: Ada at home, Bob who lent his password, and a hostile one."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from detector import schemas
from detector.measuring.truth import TruthAccounts, TruthDevices, TruthNetworks
from detector.runs.manifest import InputFile, JudgedDays, Manifest, RowCounts
from detector.runs.run import MANIFEST, Run

FIRST = date(2026, 5, 1)
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
ESCAPE = "evil\x1b]52;c;aGk=\x07\u202e" + XSS


def account(account_id, **fields):
    row = {
        "account_id": account_id,
        "verdict": "one_household",
        "flagged": False,
        "probability": 0.01,
        "threshold": 0.9,
        "home_confidence": 1.0,
        "reason_codes": [],
        "themes": [],
        "evidence_bits": -6.6,
        "external_households": 0,
        "pattern": "ordinary",
        "home_place": 0,
        "devices": 1,
        "external_devices": 0,
        "active_days": 20,
        "reasons": [],
        "mitigations": [],
        "summary": "One household.",
        "cleared_by_devices": [],
        "cleared_by_places": [],
        "clearing": "",
    }
    return row | fields


def lender(account_id, **fields):
    shared = {
        "verdict": "shared",
        "flagged": True,
        "probability": 0.97,
        "evidence_bits": 5.0,
        "external_households": 1,
        "pattern": "other_city",
        "devices": 3,
        "external_devices": 1,
        "reasons": ["A television in Lille never comes home."],
        "mitigations": ["A week in which the television is seen at home."],
        "summary": "Two groups of devices live 200 km apart.",
        "cleared_by_devices": ["guest-tv"],
        "clearing": "Without the television of household 1 it would fall just below the threshold.",
        "themes": [
            theme("beside home", 6.5, "separation", '{"tie":0.0}'),
            theme("presence", -2.5, "own_silence", '{"silent_days":7}'),
        ],
    }
    return account(account_id, **shared | fields)


def theme(name, bits, code, parameters="{}"):
    return {"theme": name, "code": code, "parameters": parameters, "bits": bits}


def household(account_id, number, bits=0.0, probability=0.0, **fields):
    row = {
        "account_id": account_id,
        "household": number,
        "household_id": f"{account_id}-{number}",
        "probability": probability,
        "evidence_bits": bits,
        "devices": 1,
        "places": 1,
        "first_day": FIRST,
        "last_day": FIRST + timedelta(days=41),
        "active_days": 20,
        "country": "FR",
        "city": "Paris",
    }
    return row | fields


def device(account_id, device_id, household=0, device_type="tv", **fields):
    row = {
        "account_id": account_id,
        "device_id": device_id,
        "household": household,
        "borrowed": bool(household),
        "device_type": device_type,
        "active_days": 20,
        "first_day": FIRST,
        "last_day": FIRST + timedelta(days=41),
        "accounts": 1,
    }
    return row | fields


def place(account_id, number, household=0, city="Paris", **fields):
    row = {
        "account_id": account_id,
        "place": number,
        "kind": "home_line",
        "household": household,
        "networks": 2,
        "accounts": 1,
        "devices": 1,
        "active_days": 20,
        "first_day": FIRST,
        "last_day": FIRST + timedelta(days=41),
        "country": "FR",
        "city": city,
        "latitude": 48.9,
        "longitude": 2.4,
    }
    return row | fields


def visits(account_id, device_id, place, days):
    return [
        {
            "account_id": account_id,
            "device_id": device_id,
            "day": FIRST + timedelta(days=day),
            "place": place,
            "use": 6,
            "hours": 0b111 << 18,
            "playing": 0b11 << 38,
            "profiles": 0,
        }
        for day in days
    ]


THEMES = {"separation": "beside home", "prior": "account"}


def bits(account_id, household, factor, bits, text="because"):
    fields = ("account_id", "household", "factor", "theme", "bits", "value", "text")
    values = (account_id, household, factor, THEMES.get(factor, "presence"), bits, 1.0, text)
    return dict(zip(fields, values, strict=True))


def tie(account_id, a, b, strength=0.9, days=15):
    fields = ("account_id", "device_a", "device_b", "strength", "days_together")
    return dict(zip(fields, (account_id, a, b, strength, days), strict=True))


def network(address, kind="home_line"):
    return {
        "network": address,
        "kind": kind,
        "confidence": 0.9,
        "pool": None,
        "accounts": 1,
        "devices": 1,
        "stationary_accounts": 1,
        "days": 20,
        "country": "FR",
        "city": "Paris",
        "asn": 3215,
        "latitude": 48.9,
        "longitude": 2.4,
    }


def table(schema, rows):
    """Rows as a valid table; columns that a row does not name are null."""
    columns = {name: [row.get(name) for row in rows] for name in schema.column_names()}
    return schema.validate(pl.DataFrame(columns, strict=False), cast=True)


@dataclass(frozen=True)
class TinyRun:
    """The tables of a lender's account: a home of two devices, a television elsewhere."""

    account_id: str = "bob"
    tv: str = "bob-tv"
    phone: str = "bob-phone"
    guest: str = "guest-tv"

    def accounts(self):
        return [lender(self.account_id)]

    def households(self):
        return [
            household(self.account_id, 0),
            household(self.account_id, 1, bits=5.0, probability=0.97, city="Lille"),
        ]

    def devices(self):
        return [
            device(self.account_id, self.tv),
            device(self.account_id, self.phone, device_type="phone"),
            device(self.account_id, self.guest, household=1),
        ]

    def places(self):
        return [
            place(self.account_id, 0),
            place(self.account_id, 1, household=1, city="Lille"),
            place(self.account_id, 2, household=None, city=None, kind="venue"),
        ]

    def visits(self):
        return [
            *visits(self.account_id, self.tv, 0, range(0, 42, 2)),
            *visits(self.account_id, self.phone, 0, range(0, 42, 3)),
            *visits(self.account_id, self.phone, -1, range(1, 42, 6)),
            *visits(self.account_id, self.phone, 2, [11]),
            *visits(self.account_id, self.guest, 1, range(1, 42, 2)),
        ]

    def evidence(self):
        return [
            bits(self.account_id, 1, "separation", 6.5, "Its devices never came home."),
            bits(self.account_id, 1, "prior", -4.0, "Most accounts are used by one household."),
            bits(self.account_id, 1, "persistence", 2.5, "Seen in six of six weeks."),
        ]

    def ties(self):
        return [tie(self.account_id, self.phone, self.tv)]


BOB = TinyRun()
EVIL = TinyRun(ESCAPE, f"tv{XSS}", f"phone{XSS}", "guest\x1b[31m\u2028")

SCHEMAS = {
    "accounts": schemas.Accounts,
    "households": schemas.Households,
    "devices": schemas.Devices,
    "places": schemas.Places,
    "evidence": schemas.Evidence,
    "visits": schemas.Visits,
    "ties": schemas.Ties,
}


def write_run(folder, *stories, honest=()):
    """Write the tables of some lenders and of some accounts about which little is known."""
    rows = {name: [row for s in stories for row in getattr(s, name)()] for name in SCHEMAS}
    rows["accounts"] += list(honest)
    run = Run(folder)
    for name, schema in SCHEMAS.items():
        run.write(schema, table(schema, rows[name]))
    run.write(schemas.Networks, table(schemas.Networks, [network("192.0.2.1")]))
    return folder


def write_tiny_run(folder):
    """Ada, Bob and the hostile one."""
    return write_run(folder, BOB, EVIL, honest=[account("ada")])


def write_truth(folder):
    """Bob shares with one household; Ada does not; Eve is a student."""
    labels = [("ada", "single", "ordinary", 0), ("bob", "shared", "other city", 1)]
    labels += [("eve", "ambiguous", "student", None)]
    fields = ("account_id", "label", "situation", "external_households")
    truth = [dict(zip(fields, row, strict=True)) for row in labels]
    owners = [("bob", "bob-tv", 0), ("bob", "bob-phone", 0), ("bob", "guest-tv", 1)]
    homes = [dict(zip(("account_id", "device_id", "household"), o, strict=True)) for o in owners]
    run = Run(folder)
    run.write(TruthAccounts, table(TruthAccounts, truth))
    run.write(TruthDevices, table(TruthDevices, homes))
    networks = [{"network": "192.0.2.1", "kind": "carrier_nat"}]
    run.write(TruthNetworks, table(TruthNetworks, networks))
    return folder


def write_manifest(folder):
    """What a run says of itself; its input file has a hostile name."""
    manifest = Manifest(
        fingerprint="f" * 64,
        versions={"household-detector": "0.1.0", "polars": "2.1.0"},
        settings={},
        settings_sha256="5" * 64,
        options={},
        inputs=(
            InputFile(path="log/may.parquet", bytes=2_500_000, sha256="a" * 64, rows=1000),
            InputFile(path=f"log/{XSS}", bytes=12, sha256="b" * 64, problem="it is no Parquet"),
        ),
        window=JudgedDays(first_day=FIRST, last_day=FIRST + timedelta(days=41)),
        rows=RowCounts(read=1000, kept=990, rejected={"private_address": 10}),
        notes=("Times without a zone were taken as UTC.",),
        stages=(),
        outputs={},
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    return folder
