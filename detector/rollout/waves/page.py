"""The page of a plan: a picture per desk, self-contained; everything escaped, nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from markupsafe import Markup

from detector.charts.pages import open_page, open_templates, read_template, write_day
from detector.rollout.tables import ALL_COUNTRIES, DESK
from detector.rollout.waves.picture import draw_desk
from detector.rollout.waves.telling import PartnerFigures

_PACKAGE = "detector.rollout.waves"


@dataclass(frozen=True)
class DeskPicture:
    """The picture of one desk."""

    name: str
    drawing: Markup


@dataclass(frozen=True)
class PartnerPart:
    """What the page says of one partner."""

    anchor: str
    figures: PartnerFigures
    pictures: Sequence[DeskPicture]


@dataclass(frozen=True)
class WavesPage:
    """All that the page says."""

    starts: date
    last_day: date | None
    greedy_last_day: date | None
    """None: it leaves some over."""
    accounts: int
    held: float
    partners: Sequence[PartnerPart]


def build_page(
    starts: date,
    figures: Sequence[PartnerFigures],
    held: float,
    loads: pl.DataFrame,
    days: pl.DataFrame,
) -> WavesPage:
    """Put together what the page says.

    Args:
        starts: The first day of the plan.
        figures: By partner.
        held: Share of futures in which no half-hour of any partner overflows.
        loads: Rows of `DeskDaysPlanned`.
        days: Rows of `WaveDays`.
    """
    parts = [
        PartnerPart(f"partner-{number}", each, _pictures(each.partner, loads, days))
        for number, each in enumerate(figures, start=1)
    ]
    greedy = [each.greedy_last_day for each in figures]
    known = [day for day in greedy if day is not None]
    return WavesPage(
        starts,
        max((each.last_day for each in figures if each.last_day), default=None),
        max(known) if known and len(known) == len(greedy) else None,
        sum(each.accounts for each in figures),
        held,
        parts,
    )


def render_page(page: WavesPage) -> str:
    """Write the page with its style inside, and a policy that allows only that."""
    head = open_page(f"Waves from {write_day(page.starts)}", read_template(_PACKAGE, "waves.css"))
    template = open_templates(_PACKAGE, {}).get_template("waves.html")
    return template.render(page=page, head=head)


def _pictures(partner: str, loads: pl.DataFrame, days: pl.DataFrame) -> list[DeskPicture]:
    mine = loads.filter(pl.col("partner") == partner)
    found: list[DeskPicture] = []
    own = set(mine["country"]) - {ALL_COUNTRIES}
    for key, rows in mine.partition_by(DESK, as_dict=True, maintain_order=True).items():
        _, country, channel = map(str, key)
        answered = pl.col("country") == country if country else ~pl.col("country").is_in([*own])
        sizes = days.filter(pl.col("partner") == partner, answered).group_by("day")
        name = ", ".join(filter(None, (partner, country, channel)))
        counted = sizes.agg(pl.col("accounts").sum()).sort("day")
        found.append(DeskPicture(name, draw_desk(rows, counted, name)))
    return found
