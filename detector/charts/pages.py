"""Pages made of templates: everything escaped, and how names, shares and days stand on them."""

from collections.abc import Callable, Mapping
from datetime import date

from jinja2 import Environment, PackageLoader, StrictUndefined

from detector.plain_text import counted, plain_text

Filter = Callable[..., object]


def open_templates(package: str, filters: Mapping[str, Filter]) -> Environment:
    """Make ready the templates of a package.

    Args:
        package: Whose folder `templates` holds them.
        filters: Ways of writing that only its pages need.
    """
    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    common: dict[str, Filter] = {
        "words": _words,
        "thousands": "{:,}".format,
        "percent": _percent,
        "day": _day,
        "counted": counted,
    }
    environment.filters.update(common | dict(filters))
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
