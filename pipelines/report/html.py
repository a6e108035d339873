"""The report's page as HTML: everything escaped, nothing fetched."""

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from detector.charts.colours import read_style
from detector.charts.pages import open_templates
from pipelines.report.page import ReportPage

TEMPLATES = "templates"


def render_page(page: ReportPage) -> str:
    """Write the page with its style and script inside, and a policy that allows only those."""
    style, script = read_style() + _template("report.css"), _template("report.js")
    policy = (
        f"default-src 'none'; style-src '{_csp_hash(style)}'; script-src '{_csp_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment().get_template("report.html")
    # Ours, not a caller's: the browser runs these two and refuses any other by their hash.
    return template.render(page=page, style=Markup(style), script=Markup(script), policy=policy)


def _environment() -> Environment:
    return open_templates("pipelines.report", {"size": _size})


def _template(name: str) -> str:
    return files("pipelines.report").joinpath(TEMPLATES, name).read_text(encoding="utf-8")


def _csp_hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


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
