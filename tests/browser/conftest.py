"""A real browser before real pages: Debian's Chromium, and the server in a thread beside it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from detector.policy.rules import ReviewTerms
from detector.review.access.people import Visitor
from tests.browser.server import free_port, start_server
from tests.detector.review.town import Clock, open_town
from tests.detector.review.town import town_folder as town_folder
from tests.detector.review.town import town_store as town_store

CHROMIUM = "/usr/bin/chromium"
ABSENT = f"no browser: {CHROMIUM} is missing; apt-get install chromium"


@pytest.fixture(scope="module")
def browser():
    """Started by the first test that asks for it, gone with the last: it runs an event loop in this
    very thread, beside which no other test of the same worker could run one of its own."""
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(ABSENT)
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def scripts():
    """Whether pages may run them."""
    return True


@pytest.fixture
def context(browser, scripts):
    """One person's browser, with nothing kept from before."""
    with browser.new_context(java_script_enabled=scripts) as opened:
        opened.set_default_timeout(10_000)
        yield opened


@pytest.fixture
def serve(folder, store):
    """Start the pages for somebody, and say where they are."""
    servers = []
    terms = ReviewTerms(golden_share=0.0, second_share=0.0)

    def start(name="eve", role="lead"):
        port = free_port()
        app = open_town(
            folder,
            store=store,
            clock=Clock(),
            terms=terms,
            everybody=Visitor(name, role),
            hosts=(f"127.0.0.1:{port}",),
        )
        servers.append(start_server(app, port))
        return f"http://127.0.0.1:{port}"

    yield start
    for server in servers:
        server.should_exit = True


@pytest.fixture
def watched(context):
    """What a browser complains of, or asks of others: nothing, when a test ends."""
    heard: list[str] = []

    def listen(page):
        page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: heard.append(asked.url) if outside(asked.url) else None)

    context.on("page", listen)
    yield heard
    assert not heard


def outside(url):
    return not url.startswith(("http://127.0.0.1:", "file:", "data:", "about:"))
