"""The report's page as HTML: everything escaped, nothing fetched."""

from jinja2 import Environment
from markupsafe import Markup

from detector.charts.colours import read_style
from detector.charts.pages import open_page, open_templates, read_template
from pipelines.report.page import ReportPage

PACKAGE = "pipelines.report"


def render_page(page: ReportPage) -> str:
    """Write the page with its style and script inside, and a policy that allows only those."""
    style = read_style() + read_template(PACKAGE, "report.css")
    script = read_template(PACKAGE, "report.js")
    head = open_page(f"Household report · {page.name}", style, script)
    return (
        _environment()
        .get_template("report.html")
        .render(page=page, head=head, script=Markup(script))
    )


def _environment() -> Environment:
    return open_templates(PACKAGE, {"size": _size})


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
