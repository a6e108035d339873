"""A forecast's page as HTML: everything escaped, nothing fetched, no script."""

from detector.charts.pages import open_page, open_templates, read_template, write_day
from pipelines.outlook.page import OutlookPage

PACKAGE = "pipelines.outlook"
_TEN = 10


def render_outlook(page: OutlookPage) -> str:
    """Write the page with its style inside, and a policy that allows only that."""
    style = read_template(PACKAGE, "outlook.css")
    head = open_page(f"Forecast of a roll-out · {write_day(page.first)}", style)
    template = open_templates(PACKAGE, {"round": _round}).get_template("outlook.html")
    return template.render(page=page, head=head)


def _round(value: float) -> str:
    """Write a count or an amount: whole, or with a digit if it is small.

    Examples:
        >>> _round(1234.5), _round(0.04), _round(3.14), _round(-4.0)
        ('1,234', '0', '3.1', '-4')
    """
    if abs(value) >= _TEN or value == int(value):
        return f"{value:,.0f}"
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
