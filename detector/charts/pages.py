"""Pages made of templates: everything escaped, and how names, shares and days stand on them."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detector.charts.svg import element
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
        "day": write_day,
        "counted": counted,
    }
    environment.filters.update(common | dict(filters))
    return environment


def read_template(package: str, name: str) -> str:
    """Read a style or a script that lies with the templates of a package."""
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")


def open_page(title: str, style: str, script: str = "", language: str = "en") -> Markup:
    """Write a page that needs nothing else, up to its body; its script goes to its end.

    The browser allows this style and this script alone, by their hashes, and fetches nothing.

    Examples:
        >>> print(open_page("Ada <1>", "p { color: red }"))  # doctest: +ELLIPSIS
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src ...
        <title>Ada &lt;1&gt;</title>
        <style>p { color: red }</style>
        </head>
    """
    ours = [("style-src", style), *([("script-src", script)] if script else [])]
    allowed = "; ".join(f"{kind} '{_hashed(text)}'" for kind, text in ours)
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    parts = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(style)),
    ]
    head = Markup("\n").join(parts)
    return Markup('<!doctype html>\n<html lang="{}">\n<head>\n{}\n</head>').format(language, head)


def _hashed(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


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


def write_day(day: date | None) -> str:
    """Write a day without ambiguity.

    Examples:
        >>> write_day(date(2026, 5, 1))
        '1 May 2026'
    """
    return f"{day.day} {day:%b %Y}" if day else "—"
