"""The page about a rehearsed roll-out: one file, nothing fetched, no script."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from markupsafe import Markup

from detector.charts.pages import open_templates
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
    style = "\n".join(_template(name) for name in ("report.css", "rehearsal.css"))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = open_templates(PACKAGE, {}).get_template("rehearsal.html")
    # Ours, not a caller's: the browser allows this style alone, by its hash.
    return template.render(page=page, style=Markup(style), policy=policy)


def _template(name: str) -> str:
    return files(PACKAGE).joinpath("templates", name).read_text(encoding="utf-8")
