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
from detector.stories.labels import Wording
from detector.stories.say import SpeechRegister
from detector.stories.story import AccountStory, DeviceStory, HouseholdStory, PlaceStory
from detector.stories.tell import UnknownAccountError, household_name, tell_story
from detector.stories.templates import Language
from pipelines.run_tables import list_accounts, load_tables
from pipelines.terminal.day_strip import day_strip, household_style, name_place
from pipelines.terminal.drawing import plain, print_title, quiet_table
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
    words = Wording(listener.language)
    console.print()
    console.print(plain(_facts(story, words), "dim"))
    for household in story.households:
        _render_household(household, console, words)
    if story.unplaced_devices or story.other_places:
        print_title(f"□ {words.heading('rest')}", console)
        console.print(_living(story.unplaced_devices, story.other_places, words))
    _render_clearing(story, console, words)
    if story.timeline and story.first_day and story.last_day:
        print_title(words.heading("days"), console)
        console.print(day_strip(story, words))
    if story.deciding and listener.terms:
        _render_evidence(story.deciding, console, words)


def _facts(story: AccountStory, words: Wording) -> str:
    return " · ".join(
        (
            words.label("probability", share=words.percent(story.probability)),
            words.label("bits", bits=words.bits(story.evidence_bits, 1)),
            words.label("pattern", pattern=words.name("pattern", story.pattern)),
            words.label("external_households", external_households=story.external_households),
            words.label("active_days", active_days=story.active_days),
        )
    )


def _render_household(household: HouseholdStory, console: Console, words: Wording) -> None:
    area = f" · {household.area}" if household.area else ""
    days = words.label("days", days=household.active_days)
    seen = f"{days} {household.first_day} … {household.last_day}"
    facts = f" · {_elsewhere(household, words)}{seen}"
    mark = Text("\n■ ", household_style(household.household))
    name = plain(_name(household, words) + area, "bold")
    console.print(mark, name, plain(facts, "dim"), sep="")
    if household.devices or household.places:
        console.print(_living(household.devices, household.places, words))


def _name(household: HouseholdStory, words: Wording) -> str:
    """As the story names it, which knows whether home is home."""
    if household.name == household_name(0):
        return words.label("home")
    return words.label("household", household=household.household)


def _elsewhere(household: HouseholdStory, words: Wording) -> str:
    if household.household == 0:
        return ""
    left = f"; {words.label('left_at_home')}" if household.counted_as_home else ""
    share = words.percent(household.probability)
    return f"{words.label('elsewhere', share=share)}{left} · "


def _living(
    devices: tuple[DeviceStory, ...], places: tuple[PlaceStory, ...], words: Wording
) -> Padding:
    """Devices and places, each on a line of its own."""
    table = Table.grid(padding=(0, 2))
    for device in devices:
        accounts = "" if device.accounts == 1 else words.label("accounts", accounts=device.accounts)
        kind, days = words.name("device", device.device_type), device.active_days
        table.add_row(
            plain(kind), plain(device.device_id), words.label("days", days=days), accounts
        )
    for place in places:
        name, networks = name_place(place.place, place.name, words), place.networks
        table.add_row(
            plain(words.name("kind", place.kind)),
            plain(name),
            words.label("days", days=place.active_days),
            words.label("networks", networks=networks),
        )
    return Padding(table, (0, 0, 0, 2))


def _render_evidence(household: HouseholdStory, console: Console, words: Wording) -> None:
    """Bars to the right speak for another household, to the left against it.

    Factors and what each says stand as the run wrote them.
    """
    print_title(words.heading("evidence", household=_name(household, words)), console)
    table = quiet_table(words.label("factor"), f">{words.label('bits_of')}", "", "")
    waterfall = build_waterfall(household)
    most = max((abs(step.bits) for step in waterfall.steps), default=0.0) or 1.0
    for step in waterfall.steps:
        table.add_row(
            plain(step.label),
            words.bits(step.bits, 2),
            Text(_two_sided(step.bits / most), EVIDENCE_STYLES[step.side]),
            plain(step.text, "dim"),
        )
    share = words.percent(household.probability)
    table.add_row(words.label("sum"), words.bits(waterfall.total, 2), "", share)
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


def _render_clearing(story: AccountStory, console: Console, words: Wording) -> None:
    """The devices or places that the sentence about what would clear it is about."""
    devices = tuple(d for d in story.devices if d.device_id in story.cleared_by_devices)
    places = tuple(p for p in story.places if p.place in story.cleared_by_places)
    if devices or places:
        print_title(words.heading("clear"), console)
        console.print(_living(devices, places, words))
