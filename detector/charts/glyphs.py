"""Small signs for kinds of devices and places, drawn in a square of 16."""

from collections.abc import Mapping

from markupsafe import Markup

from detector.charts.svg import element, number

DEVICE_GLYPHS = {
    "tv": "M1.5 3h13v8.5h-13zM5 14h6M8 11.5V14",
    "console": "M4.5 5h7a3.5 3.5 0 0 1 0 7h-7a3.5 3.5 0 0 1 0-7zM5 7v3M3.5 8.5h3M11 8.5h.1",
    "stick": "M6 2h4v9H6zM7 11v3h2v-3",
    "phone": "M5 1.5h6v13H5zM7.3 12.5h1.4",
    "tablet": "M3 2h10v12H3zM7.2 12.2h1.6",
    "laptop": "M3.5 3.5h9V10h-9zM1.5 12.5h13L12.5 10h-9z",
    "desktop": "M2 2.5h9V9H2zM4.5 12h4M6.5 9v3M12.5 2.5h2v9.5h-2z",
    "unknown": "M2.5 2.5h11v11h-11zM6.2 6.4a1.9 1.9 0 1 1 2.6 1.8Q8 8.6 8 9.6M8 11.6v.1",
}
PLACE_GLYPHS = {
    "home_line": "M2 8l6-5.5L14 8M4 7v6.5h8V7",
    "carrier_nat": "M2 13.5V7l4-3 4 3v6.5M10 8h4v5.5H2M5 9h2M5 11.5h2",
    "cellular": "M8 7v7M5.5 14h5M4.5 9.5a5 5 0 1 1 7 0M6.3 7.8a2.5 2.5 0 1 1 3.4 0",
    "workplace": "M2 5.5h12v8H2zM5.5 5.5V3h5v2.5M2 9h12",
    "campus": "M1.5 6.5L8 3.5l6.5 3L8 9.5zM4.5 8v3.5q3.5 2 7 0V8",
    "venue": "M2 13V4M2 8.5h12V13M2 11.5h12M5 8.5V6.5h3v2",
    "anonymizer": "M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
    "unknown": "M8 14.5S3.5 9.6 3.5 6.3a4.5 4.5 0 0 1 9 0c0 3.3-4.5 8.2-4.5 8.2z",
}


def draw_glyph(glyphs: Mapping[str, str], kind: str, corner: tuple[float, float]) -> Markup:
    """Draw the sign of a kind of device or place with its upper left corner at a point.

    Examples:
        >>> "translate(4 8)" in draw_glyph(DEVICE_GLYPHS, "tv", (4, 8))
        True
    """
    return element(
        "path",
        element("title", kind.replace("_", " ")),
        d=glyphs.get(kind, glyphs["unknown"]),
        class_="glyph",
        transform=f"translate({number(corner[0])} {number(corner[1])})",
    )
