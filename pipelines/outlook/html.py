"""A forecast's page as HTML: everything escaped, nothing fetched, no script."""

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup

from detector.charts.pages import open_templates
from pipelines.outlook.page import OutlookPage


def render_outlook(page: OutlookPage) -> str:
    """Write the page with its style inside, and a policy that allows only that."""
    folder = files("pipelines.outlook").joinpath("templates")
    style = folder.joinpath("outlook.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = open_templates("pipelines.outlook", {"round": _round}).get_template("outlook.html")
    return template.render(page=page, style=Markup(style), policy=policy)


def _round(value: float) -> str:
    """Write a count, or an amount: whole, with thousands set apart.

    Examples:
        >>> _round(1234.5), _round(-0.2), _round(3.14)
        ('1,234', '0', '3.1')
    """
    if 0 < abs(value) < 10 and value != int(value):
        return (
            f"{value:.1f}".replace("-0.0", "0").removesuffix(".0")
            if abs(value) >= 1
            else (f"{value:.1f}" if abs(value) >= 0.5 else "0")
        )
    return f"{value:,.0f}"
