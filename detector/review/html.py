"""Templates: everything escaped, nothing fetched from elsewhere, no style and no script inside."""

from datetime import UTC, datetime
from functools import cache
from urllib.parse import quote

from jinja2 import Environment

from detector.charts.pages import open_templates


def render(template: str, **content: object) -> str:
    """Write a page."""
    return _environment().get_template(template).render(content)


@cache
def _environment() -> Environment:
    return open_templates(
        "detector.review", {"bits": "{:+.2f}".format, "time": _time, "part": _part}
    )


def _time(at_us: int | None) -> str:
    """Write a moment.

    Examples:
        >>> _time(0)
        '1970-01-01 00:00 UTC'
    """
    return (
        f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d %H:%M} UTC"
        if at_us is not None
        else "—"
    )


def _part(value: object) -> str:
    """Write a value into an address, whatever it holds.

    Examples:
        >>> _part("a/b&c=<d>")
        'a%2Fb%26c%3D%3Cd%3E'
    """
    return quote(str(value), safe="")
