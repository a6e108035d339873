"""Job: one account of a run -> its story on the terminal."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from detector.runs.manifest import Manifest
from detector.stories.first import First
from detector.stories.say import SpeechRegister
from detector.stories.story import AccountStory, DeviceStory, HouseholdStory, PlaceStory
from detector.stories.tell import UnknownAccountError, tell_story
from detector.stories.templates import Language
from pipelines.run_tables import list_accounts, load_tables
from pipelines.terminal.day_strip import day_strip, household_style
from pipelines.terminal.drawing import counted, percent, plain, print_title, quiet_table
from pipelines.terminal.first import render_first
from pipelines.terminal.waterfall import build_waterfall

BAR_CELLS = 24
EVIDENCE_STYLES = {"for": "red", "against": "green"}


@dataclass(frozen=True)
class Listener:
    """Who reads an account's story."""

    language: Language = Language.ENGLISH
    register: SpeechRegister = SpeechRegister.ANALYST
    terms: bool = False
    """Whether the model's own terms are asked for."""
    min_home_confidence: float | None = None
    """How surely a side must be home to be called so; by default that of the default settings."""

    def first(self, story: AccountStory) -> First:
        """What this listener should know first."""
        return story.first(self.language, self.register, self.min_home_confidence)


ANALYST = Listener()


def inspect_account(folder: Path, account_id: str) -> AccountStory:
    """Gather what a run says of one account.

    Args:
        folder: A finished run.
        account_id: Exactly as in the log.

    Raises:
        UnknownAccountError: The run holds no such account; the hint names near ones.
    """
    known = list_accounts(folder)
    if not (known == account_id).any():
        raise UnknownAccountError.among(account_id, known)
    return tell_story(load_tables(folder, [account_id]), account_id)


def read_min_home_confidence(manifest: Manifest) -> float | None:
    """From when on a run was to call a side home; none if it does not tell."""
    settings: Mapping[str, Any] = manifest.settings.get("verdicts", {})
    return settings.get("min_home_confidence")


def document(story: AccountStory, listener: Listener = ANALYST) -> dict[str, Any]:
    """The story as plain values, with what to know first; that alone for the person concerned."""
    first = {"first": asdict(listener.first(story))}
    if listener.register == SpeechRegister.PERSON:
        return first
    return first | json.loads(story.to_json())


def render_story(story: AccountStory, console: Console, listener: Listener = ANALYST) -> None:
    """Print what to know first, then who lives where, and the days.

    The person concerned is told what to know first, and nothing of devices and places.
    """
    render_first(listener.first(story), console, listener.language, listener.register)
    if listener.register == SpeechRegister.PERSON:
        return
    _render_facts(story, console)
    for household in story.households:
        _render_household(household, console)
    _render_rest(story, console)
    _render_clearing(story, console)
    _render_days(story, console)
    if story.deciding and listener.terms:
        _render_evidence(story.deciding, console)


def _render_facts(story: AccountStory, console: Console) -> None:
    facts = [
        f"probability {percent(story.probability)}",
        f"{story.evidence_bits:+.1f} bits",
        f"pattern {story.pattern.replace('_', ' ')}",
        f"{counted(story.external_households, 'external household')}",
        f"{counted(story.active_days, 'active day')}",
    ]
    console.print()
    console.print(plain(" · ".join(facts), "dim"))


def _render_household(household: HouseholdStory, console: Console) -> None:
    area = f" · {household.area}" if household.area else ""
    days = f"{counted(household.active_days, 'day')} {household.first_day} … {household.last_day}"
    facts = f" · {_elsewhere(household)}{days}"
    mark = Text("\n■ ", household_style(household.household))
    console.print(mark, plain(household.name + area, "bold"), plain(facts, "dim"), sep="")
    if household.devices or household.places:
        console.print(_living(household.devices, household.places))


def _elsewhere(household: HouseholdStory) -> str:
    if household.household == 0:
        return ""
    left = "; not enough, so its devices count as home" if household.counted_as_home else ""
    return f"lives elsewhere {percent(household.probability)}{left} · "


def _living(devices: tuple[DeviceStory, ...], places: tuple[PlaceStory, ...]) -> Padding:
    """Devices and places, each on a line of its own."""
    table = Table.grid(padding=(0, 2))
    for device in devices:
        accounts = "" if device.accounts == 1 else f"on {device.accounts} accounts"
        days = counted(device.active_days, "day")
        table.add_row(plain(device.device_type), plain(device.device_id), days, accounts)
    for place in places:
        kind, networks = place.kind.replace("_", " "), counted(place.networks, "network")
        table.add_row(plain(kind), plain(place.name), counted(place.active_days, "day"), networks)
    return Padding(table, (0, 0, 0, 2))


def _render_rest(story: AccountStory, console: Console) -> None:
    if story.unplaced_devices or story.other_places:
        print_title("□ In no household", console)
        console.print(_living(story.unplaced_devices, story.other_places))


def _render_evidence(household: HouseholdStory, console: Console) -> None:
    """Bars to the right speak for another household, to the left against it."""
    question = f"Does {household.name.lower()} live elsewhere? Evidence in bits"
    print_title(question, console)
    table = quiet_table("Factor", ">Bits", "", "")
    waterfall = build_waterfall(household)
    most = max((abs(step.bits) for step in waterfall.steps), default=0.0) or 1.0
    for step in waterfall.steps:
        table.add_row(
            plain(step.label),
            f"{step.bits:+.2f}",
            Text(_two_sided(step.bits / most), EVIDENCE_STYLES[step.side]),
            plain(step.text, "dim"),
        )
    table.add_row("sum", f"{waterfall.total:+.2f}", "", percent(household.probability))
    console.print(table)


def _two_sided(share: float, cells: int = BAR_CELLS) -> str:
    """Draw a share of -1..1 from the middle of a bar.

    Examples:
        >>> _two_sided(0.5, cells=8), _two_sided(-1, cells=8)
        ('    │██  ', '████│    ')
    """
    half = cells // 2
    filled = "█" * max(round(abs(share) * half), 1 if share else 0)
    left, right = (filled, "") if share < 0 else ("", filled)
    return f"{left:>{half}}│{right:<{half}}"


def _render_clearing(story: AccountStory, console: Console) -> None:
    """The devices or places that the sentence about what would clear it is about."""
    devices = tuple(d for d in story.devices if d.device_id in story.cleared_by_devices)
    places = tuple(p for p in story.places if p.place in story.cleared_by_places)
    if devices or places:
        print_title("Without these it would be cleared", console)
        console.print(_living(devices, places))


def _render_days(story: AccountStory, console: Console) -> None:
    if story.timeline and story.first_day and story.last_day:
        print_title("Days: which household was seen where", console)
        console.print(day_strip(story))
