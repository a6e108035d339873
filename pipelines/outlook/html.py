"""A forecast's page as HTML: everything escaped, nothing fetched, no script."""

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup

from detector.charts.pages import open_templates
from pipelines.outlook.page import OutlookPage

_TEN = 10


def render_outlook(page: OutlookPage) -> str:
    """Write the page with its style inside, and a policy that allows only that."""
    folder = files("pipelines.outlook").joinpath("templates")
    style = folder.joinpath("outlook.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = open_templates("pipelines.outlook", {"round": _round}).get_template("outlook.html")
    return template.render(page=page, style=Markup(style), policy=policy)


def _round(value: float) -> str:
    """Write a count or an amount: whole, or with a digit if it is small.

    Examples:
        >>> _round(1234.5), _round(0.04), _round(3.14), _round(-4.0)
        ('1,234', '0', '3.1', '-4')
    """
    if abs(value) >= _TEN or value == int(value):
        return f"{value:,.0f}"
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
