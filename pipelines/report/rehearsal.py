"""The page about a rehearsed roll-out: one file, nothing fetched, no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from detector.charts.colours import read_style
from detector.charts.pages import open_page, open_templates, read_template
from detector.measuring.figures import Slice
from pipelines.report.charts.dots import draw_rates
from pipelines.report.charts.trend import draw_trend

PACKAGE = "pipelines.report"


@dataclass(frozen=True)
class ComparedArms:
    """One outcome in both arms, as the service sees it and as it is."""

    name: str
    rates: Sequence[Slice]
    words: Sequence[str]
    """What a reading says of it."""

    @property
    def picture(self) -> Markup:
        """Both arms as dots with their intervals."""
        return draw_rates(self.rates, self.name)


@dataclass(frozen=True)
class RehearsalPage:
    """All that stands on the page."""

    accounts: int
    months: int
    treated: int
    held_out: int
    contacts: Markup
    """Forecast and counted, day by day."""
    coverage: str
    """How often what was counted lay in the bands."""
    counts: Mapping[str, Sequence[int]]
    """By name, a value for each month, the log before first."""
    arms: Sequence[ComparedArms]
    verdict: str
    rows: Sequence[Mapping[str, object]]
    """One for each month."""
    columns: Sequence[str]

    @property
    def trend(self) -> Markup:
        """Flagged and shared accounts by month."""
        names = ["before", *(f"month {number}" for number in range(1, self.months + 1))]
        return draw_trend(names, list(self.counts.items()))


def render_rehearsal(page: RehearsalPage) -> str:
    """Write the page: everything escaped, its style inside, and a policy that allows no more."""
    ours = (read_template(PACKAGE, name) for name in ("report.css", "rehearsal.css"))
    style = "\n".join((read_style(), *ours))
    template = open_templates(PACKAGE, {}).get_template("rehearsal.html")
    return template.render(page=page, head=open_page("A roll-out, rehearsed", style))
