"""The report's page as HTML: everything escaped, nothing fetched."""

import base64
import hashlib
from collections.abc import Callable
from datetime import date
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detector.plain_text import plain_text
from pipelines.report.charts.timeline import household_class
from pipelines.report.page import ReportPage
from pipelines.terminal.drawing import counted

TEMPLATES = "templates"


def render_page(page: ReportPage) -> str:
    """Write the page with its style and script inside, and a policy that allows only those."""
    style, script = _template("report.css"), _template("report.js")
    policy = (
        f"default-src 'none'; style-src '{_csp_hash(style)}'; script-src '{_csp_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment().get_template("report.html")
    # Ours, not a caller's: the browser runs these two and refuses any other by their hash.
    return template.render(page=page, style=Markup(style), script=Markup(script), policy=policy)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipelines.report", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "words": _words,
        "thousands": "{:,}".format,
        "percent": _percent,
        "day": _day,
        "counted": counted,
        "size": _size,
        "household_class": household_class,
    }
    environment.filters.update(filters)
    return environment


def _plain(value: object) -> object:
    """Text from logs loses what could turn the reading direction; markup is ours."""
    return plain_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _template(name: str) -> str:
    return files("pipelines.report").joinpath(TEMPLATES, name).read_text(encoding="utf-8")


def _csp_hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _words(name: str) -> str:
    """Write a name of a column or pattern as people read it.

    Examples:
        >>> _words("one_household")
        'one household'
    """
    return name.replace("_", " ")


def _percent(share: float | None) -> str:
    r"""Write a share so that neither certainty nor impossibility is claimed by rounding.

    Examples:
        >>> [_percent(share) for share in (0.99996, 0.123, 1.0, None)]
        ['99.9\xa0%', '12.3\xa0%', '100\xa0%', '—']
    """
    if share is None:
        return "—"
    if share in (0.0, 1.0):
        return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
    return f"{min(max(100 * share, 0.1), 99.9):.1f}\N{NO-BREAK SPACE}%"


def _day(day: date | None) -> str:
    """Write a day without ambiguity.

    Examples:
        >>> _day(date(2026, 5, 1))
        '1 May 2026'
    """
    return f"{day.day} {day:%b %Y}" if day else "—"


def _size(count: float) -> str:
    """Write a number of bytes.

    Examples:
        >>> _size(2_500_000), _size(12)
        ('2.5 MB', '12 B')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.1f} {unit}" if unit != "B" else f"{count:.0f} B"
        count /= 1000
    return f"{count:.1f} TB"
