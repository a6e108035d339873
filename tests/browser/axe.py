"""What keeps people from using a page, as axe-core finds it."""

from pathlib import Path

AXE = Path(__file__).with_name("vendored") / "axe.min.js"


def find_serious(page):
    """Name each serious violation and where it is; the page must let scripts in."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then((found) => found.violations)")
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
