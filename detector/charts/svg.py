"""SVG as escaped text: the one place where markup is put together."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from detector.plain_text import plain_text


def element(name: str, /, *content: Markup | str, **attributes: str | float) -> Markup:
    """Write one element; text and attribute values are escaped, markup is taken as it is.

    Underscores in attribute names become hyphens, ``class_`` becomes ``class``.

    Examples:
        >>> print(element("text", "tv <1>", x=1.25, text_anchor="end"))
        <text x="1.25" text-anchor="end">tv &lt;1&gt;</text>
        >>> print(element("path", d="M0 0", class_="home"))
        <path d="M0 0" class="home"/>
    """
    written = "".join(f' {_hyphened(key)}="{_value(value)}"' for key, value in attributes.items())
    inside = join(content)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def join(parts: Iterable[Markup | str]) -> Markup:
    """Put parts one after the other.

    Examples:
        >>> print(join([element("g"), "<"]))
        <g/>&lt;
    """
    return Markup("").join(
        part if isinstance(part, Markup) else escape(plain_text(part)) for part in parts
    )


def drawing(width: float, height: float, label: str, *content: Markup) -> Markup:
    """Wrap content into a picture that says what it shows; the page may only make it smaller.

    Examples:
        >>> print(drawing(40, 20, "Ada's days", element("g")))  # doctest: +NORMALIZE_WHITESPACE
        <svg viewBox="0 0 40 20" width="40" height="20" role="img"
            aria-label="Ada&#39;s days"><g/></svg>
    """
    return element(
        "svg",
        *content,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
    )


def with_links(width: float, height: float, label: str, *content: Markup) -> Markup:
    """A picture whose links a screen reader finds: one of role `img` would hide them."""
    picture = drawing(width, height, label, *content)
    return picture.replace(Markup('role="img"'), Markup('role="group"'), 1)


def text(words: str, x: float, y: float, class_: str = "", anchor: str = "start") -> Markup:
    """Write words at a point; `anchor` is the side of the words that is there.

    Examples:
        >>> print(text("tv", 4, 8, "tick", "end"))
        <text x="4" y="8" class="tick" text-anchor="end">tv</text>
    """
    extra = {"class_": class_} if class_ else {}
    if anchor != "start":
        extra["text_anchor"] = anchor
    return element("text", words, x=x, y=y, **extra)


def line(start: tuple[float, float], end: tuple[float, float], class_: str) -> Markup:
    """Draw a straight line.

    Examples:
        >>> print(line((0, 8), (40, 8), "grid"))
        <line x1="0" y1="8" x2="40" y2="8" class="grid"/>
    """
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=class_)


def number(value: float) -> str:
    """Write a coordinate briefly, the same on every machine.

    Examples:
        >>> number(3.0), number(0.333333), number(-0.001)
        ('3', '0.33', '0')
    """
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def shorten(words: str, most: int) -> str:
    """Cut words that would run out of the picture.

    Examples:
        >>> shorten("a television", 6)
        'a tel…'
    """
    return words if len(words) <= most else words[: most - 1] + "…"


def _hyphened(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> Markup:
    return escape(plain_text(value) if isinstance(value, str) else number(value))
