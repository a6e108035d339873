"""Templates: everything escaped, nothing fetched from elsewhere, no style and no script inside."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from detector.plain_text import counted, plain_text


def render(template: str, **content: object) -> str:
    """Write a page."""
    return _environment().get_template(template).render(content)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("detector.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "words": _words,
        "thousands": "{:,}".format,
        "percent": _percent,
        "bits": "{:+.2f}".format,
        "day": _day,
        "time": _time,
        "counted": counted,
        "part": _part,
    }
    environment.filters.update(filters)
    return environment


def _plain(value: object) -> object:
    """Text from logs loses what could turn the reading direction; markup is ours."""
    return plain_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


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
