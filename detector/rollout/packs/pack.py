"""Partner packs: what a partner's call centre is told before its customers are."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import dataframely as dy
import polars as pl

from detector.charts.pages import Filter, open_page, open_templates, read_template
from detector.kinds import Treatment
from detector.plain_text import harmless_cell
from detector.rollout.packs.charts import draw_days, draw_week
from detector.rollout.packs.regions import SHOWN, Region, find_regions
from detector.rollout.packs.scripts import GLOSSARY, find_scripts
from detector.rollout.packs.small_cells import BASE, LEAST
from detector.rollout.packs.words import read_words, speak
from detector.rollout.tables import DIRECT, Cells, Contacts, Days
from detector.stories.templates import Language, write_value

PACKAGE = "detector.rollout.packs"
NAMES = {Language.ENGLISH: "English", Language.FRENCH: "Français", Language.SPANISH: "Español"}
HEAD = ("country", "channel", "local_day", "local_time", *SHOWN)


@dataclass(frozen=True)
class Pack:
    """What one partner is given; it holds no account."""

    partner: str
    html: str
    csv: str
    customers: int
    """Told in it, rounded."""


@dataclass(frozen=True)
class PackSettings:
    """What all packs of a plan have in common."""

    steps: Sequence[tuple[Treatment, int]]
    """What follows the first treatment, and after how many days."""
    languages: Sequence[Language] = tuple(Language)
    direct: str = DIRECT
    """The partner of accounts that were sold directly, which can buy an extra member."""


def build_packs(
    cells: dy.DataFrame[Cells],
    contacts: dy.DataFrame[Contacts],
    days: dy.DataFrame[Days],
    settings: PackSettings,
) -> tuple[Pack, ...]:
    """Tell each partner of a plan what comes to it, and no other partner's figures.

    Args:
        cells: Whom the plan treats when, counted.
        contacts: A forecast of the plan by half-hour.
        days: The same by day.
        settings: Steps and languages.

    Returns:
        One for each partner, by name.
    """
    return tuple(
        _pack(partner, find_regions(partner, cells, contacts, days), cells, settings)
        for partner in sorted(cells["partner"].unique())
    )


def _pack(
    partner: str, regions: Sequence[Region], cells: dy.DataFrame[Cells], settings: PackSettings
) -> Pack:
    mine = cells.filter(pl.col("partner") == partner)
    days, given = mine["day"].unique().sort(), set(mine["treatment"])
    first = [each for each in Treatment if each in given]
    page = _Page(partner, regions, (days[0], days[-1]), first, settings)
    told = sum(region.customers for region in regions)
    return Pack(partner, _render(page), _write_csv(regions), told)


@dataclass(frozen=True)
class _Page:
    """All that the template reads."""

    partner: str
    regions: Sequence[Region]
    span: tuple[date, date]
    first: Sequence[Treatment]
    """What accounts are given on their first day, the mildest first."""
    settings: PackSettings

    @property
    def languages(self) -> Sequence[Language]:
        return self.settings.languages

    def treatments(self, language: Language) -> list[str]:
        """What happens, step by step."""
        first = "; ".join(_treatment(each, language) for each in self.first)
        later = [
            speak("step_after", language, days=days, what=_treatment(each, language))
            for each, days in self.settings.steps
        ]
        return [speak("step_first", language, what=first), *later]

    def scripts(self, region: Region) -> Sequence[tuple[str, str]]:
        """What customers of a region will say, and the way out."""
        patterns = {each for situation in region.situations for each in situation.patterns}
        return find_scripts(patterns, through_partner=self.partner != self.settings.direct)


def _render(page: _Page) -> str:
    language = page.languages[0]
    title = speak("title", language, partner=page.partner)
    head = open_page(title, read_template(PACKAGE, "pack.css"), language=language)
    filters: dict[str, Filter] = {
        "speak": speak,
        "date": _date,
        "written": write_value,
        "situation": _situation,
        "channel": _channel,
    }
    return (
        open_templates(PACKAGE, filters)
        .get_template("pack.html")
        .render(
            page=page,
            head=head,
            names=NAMES,
            glossary=GLOSSARY,
            least=LEAST,
            base=BASE,
            draw_days=draw_days,
            draw_week=draw_week,
        )
    )


def _treatment(given: Treatment, language: Language) -> str:
    return speak(f"treatment_{given.value}", language)


def _date(day: date, language: Language) -> str:
    return f"{write_value(day.isoformat(), language)} {day.year}"


def _situation(patterns: Sequence[str], language: Language) -> str:
    """Several that were merged are told one after the other; what has no words is `other`."""
    known = read_words()
    codes = [
        code if (code := f"situation_{name}") in known else "situation_other" for name in patterns
    ]
    return "; ".join(dict.fromkeys(speak(code, language) for code in codes))


def _channel(name: str, language: Language) -> str:
    code = f"channel_{name}"
    return speak(code, language) if code in read_words() else name


def _write_csv(regions: Sequence[Region]) -> str:
    """Half-hours of all desks; what a spreadsheet would reckon with stands behind an apostrophe."""
    told = io.StringIO(newline="")
    rows = csv.writer(told, lineterminator="\r\n")
    rows.writerow(HEAD)
    for region in (each for each in regions if each.is_told):
        for desk in region.desks:
            for row in desk.halves.select("local_day", "local_time", *SHOWN).iter_rows():
                names = (harmless_cell(name) for name in (region.country, desk.channel))
                rows.writerow([*names, *row])
    return told.getvalue()
