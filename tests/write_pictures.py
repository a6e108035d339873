"""Pictures on the pages, taken anew of a demo: ``python -m tests.write_pictures DEMO``.

DEMO is the folder that ``household demo`` wrote. Asks for Debian's Chromium.
"""

import base64
import struct
import sys
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from detector.cases.open import open_store
from pipelines.jobs.report import write_report
from pipelines.report.page import name_anchor
from tests.browser.conftest import CHROMIUM
from tests.browser.server import free_port, start_server
from tests.detector.review.town import Clock, open_town, seed
from tests.pages import ROOT

IN_THE_REPORT, ON_THE_PAGES = "acc-0000188", "acc-0000000"
SIZE = {"width": 1280, "height": 800}
EDGE = 24
REVIEW = ROOT / "detector" / "review" / "pictures"


PIXELS = """async (png) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const paper = canvas.getContext("2d");
  paper.drawImage(image, 0, 0);
  const pixels = new Uint8Array(paper.getImageData(0, 0, image.width, image.height).data);
  return [image.width, image.height, pixels.toBase64()];
}"""


def write_small(page: Page, png: bytes, path: Path) -> None:
    """Write a picture in its 256 commonest colours: what lies between them is edges of letters."""
    page.goto("about:blank")
    width, height, told = page.evaluate(PIXELS, base64.b64encode(png).decode())
    pixels = np.frombuffer(base64.b64decode(told), np.uint8).reshape(-1, 4)[:, :3]
    colours, number, count = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    kept = colours[np.argsort(-count, kind="stable")[:256]]
    apart = ((colours[:, None].astype(np.int32) - kept) ** 2).sum(axis=2)
    nearest = apart.argmin(axis=1).astype(np.uint8)[number.ravel()].reshape(height, width)
    rows = np.pad(nearest, ((0, 0), (1, 0))).tobytes()
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", kept.tobytes()),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def take_report(browser: Browser, results: Path) -> None:
    """One account, from its name to its pictures."""
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{write_report(results).resolve().as_uri()}#{name_anchor(IN_THE_REPORT)}")
    told = page.locator(f"#{name_anchor(IN_THE_REPORT)}")
    told.scroll_into_view_if_needed()
    whole, below = told.bounding_box(), told.locator("details").bounding_box()
    assert whole
    assert below
    scrolled = page.evaluate("scrollY")
    clip = {
        "x": whole["x"] - EDGE,
        "y": whole["y"] + scrolled + 4,
        "width": whole["width"] + 2 * EDGE,
        "height": below["y"] - whole["y"] - 4,
    }
    png = page.screenshot(clip=clip, full_page=True)
    write_small(page, png, ROOT / "pipelines" / "report" / "report.png")


def take_review(browser: Browser, results: Path) -> None:
    """The queue and an account, as they stand in a window."""
    port = free_port()
    with TemporaryDirectory() as aside, open_store(str(Path(aside) / "cases.db")) as store:
        seed(store, results)
        hosts = (f"127.0.0.1:{port}",)
        server = start_server(open_town(results, store=store, clock=Clock(), hosts=hosts), port)
        page = browser.new_page(viewport=SIZE)
        for name, address in (("queue", "queue"), ("account", f"account?id={ON_THE_PAGES}")):
            page.goto(f"http://{hosts[0]}/{address}")
            page.wait_for_load_state("networkidle")
            write_small(page, page.screenshot(), REVIEW / f"{name}.png")
        server.should_exit = True


def main(demo: Path) -> None:
    """Take them all."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take_report(browser, demo / "results")
        take_review(browser, demo / "results")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
