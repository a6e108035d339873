"""The folder of a rehearsal, and the files by which its roll-out is made."""

from dataclasses import dataclass
from pathlib import Path

KEY = "a rehearsal holds nobody real back"
"""Of the pilot's lots: the same accounts are held out whenever the rehearsal is repeated."""

POLICY = """
name = "rehearsal"
version = "1"
home_confidence = 0.9
# The rehearsal judges once a month, and acts on that until the next.
max_run_age_days = 31
accepted_by = "nobody: in a rehearsal no real account is treated"
accepted_for = ["verify_device", "pause_external_devices"]

[[rules]]
name = "pause"
reason = "Devices in another household went on after a code had been asked for."
treatment = "pause_external_devices"
given = ["verify_device"]
case_states = ["grace", "treated"]

[[rules]]
name = "verify"
reason = "Devices in another household went on after notice: a code settles it."
treatment = "verify_device"
given = ["notify"]
not_given = ["verify_device"]

[[rules]]
name = "notice"
reason = "The account is used in another household."
treatment = "notify"
not_given = ["notify"]

[treatments.verify_device]
notice_days = 14

[treatments.pause_external_devices]
notice_days = 7
grace_days = 7
"""

SINKS = """
[sinks.service]
kind = "file"
folder = "{}"
format = "csv"
"""

PILOT = """
name = "rehearsal"
hold_out = {hold_out}
days = {days}
looks = {looks}
strata = ["partner"]

[[outcomes]]
name = "converted"
label = "have a borrower who took an account"
kind = "share"
baseline = 0.22
over_days = 180
worth_seeing = 0.05
source = "22 % of the unblocked against 32 % of the blocked (MoffettNathanson and PCH, Q3 2023)"

[[outcomes]]
name = "cancelled"
label = "cancelled"
kind = "share"
baseline = 0.02
over_days = 30
worth_seeing = 0.05
source = "our estimate, two in a hundred a month"
harm = "more"
harm_limit = 0.2

[[outcomes]]
name = "contacts"
label = "contacts each"
kind = "count"
baseline = 0.05
over_days = 30
worth_seeing = 0.1
spread = 2.0
source = "our estimate; no operator has published call volumes"
"""


RULES = """
name = "rehearsal"
version = "1"
horizon_days = 9
promise = 0.8
certainty = [0.999, 0.99, 0.97, 0.95]
gentle = ["resold", "several_households", "borrower_without_television"]
most_apart = 1.0
quiet_weekdays = ["friday", "saturday", "sunday"]
blackout = []

[stops]
confidence = 0.99

[stops.contacts]
most = 1.3
at_least = 200

[stops.cancelled]
most = 0.1
at_least = 200

[stops.overturned]
most = 0.2
at_least = 20
"""
"""As the packaged rules, but that a month's waves are over before anybody is looked at again."""


@dataclass(frozen=True)
class RehearsalFolder:
    """The folder of a rehearsal."""

    folder: Path

    @property
    def world(self) -> Path:
        """What the simulated service holds: logs, accounts, contacts, the truth."""
        return self.folder / "world"

    @property
    def cases(self) -> str:
        """The case store."""
        return str(self.folder / "cases.db")

    @property
    def pilot(self) -> Path:
        """Who is held out."""
        return self.folder / "pilot"

    @property
    def hold_outs(self) -> Path:
        """As `decide` and `simulate` take them."""
        return self.pilot / "hold_outs.csv"

    @property
    def treated(self) -> Path:
        """What was delivered, as `simulate --treat` takes it."""
        return self.folder / "treated.csv"

    @property
    def capacity(self) -> Path:
        """Desks, and what they take in."""
        return self.folder / "capacity.csv"

    @property
    def all_waves(self) -> Path:
        """All waves planned so far."""
        return self.folder / "waves" / "all.csv"

    def run(self, month: int) -> Path:
        """The run that judged the window up to the end of a month."""
        return self.folder / "runs" / f"month-{month:02d}"

    def waves(self, month: int) -> Path:
        """The waves planned for a month, in a folder."""
        return self.folder / "waves" / f"month-{month:02d}"


def lay_out(place: RehearsalFolder, hold_out: float, months: int, month_days: int) -> None:
    """Write what commands are given: policy, sinks, the pilot's plan and key."""
    (place.folder / "waves").mkdir(parents=True, exist_ok=True)
    pilot = PILOT.format(hold_out=hold_out, days=months * month_days, looks=months)
    for name, text in {
        "policy.toml": POLICY,
        "sinks.toml": SINKS.format(place.folder / "outbox"),
        "pilot.toml": pilot,
        "waves.toml": RULES,
        "pilot.key": KEY,
    }.items():
        (place.folder / name).write_text(text.lstrip(), encoding="utf-8")
