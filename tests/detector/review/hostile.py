"""A run whose every text wants to be something else, and its twin, in which none does.

The twin has a letter for each character that could mean something. So both make the same pages,
element by element and letter by letter, or some text was taken for more than a text.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import count
from urllib.parse import unquote

from detector.kinds import DEVICE_TYPES
from tests.pipelines.tiny_run import (
    bits,
    device,
    household,
    lender,
    place,
    tie,
    visits,
    write_manifest,
    write_run,
)

SEEDS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title></textarea></style><script src=//evil.example></script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "` autofocus onfocus=alert(1) x=`",
    '" style="position:fixed" x="',
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math><mtext></p><style><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}{{ ''.__class__ }}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "<!--<x>-->]]><![CDATA[",
    "&lt;b&gt;&#60;i&#62;&amp;amp;",
    '","evil":true,"x":"',
    '\\"}]}\\u003cscript\\u003e\\',
    "'; DROP TABLE cases; --",
    '=HYPERLINK("http://evil.example")',
    "-2+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\u202egnp.exe\u2066\u2069\u200f",
    "\x1b[2J\x1b[31mred",
    "\x1b]52;c;aGk=\x07\x1b]8;;http://evil.example\x1b\\link",
    "\x9b31m\x90q\x9c",
    "nul\x00 bell\x07 back\x08 del\x7f",
    "a\r\nSet-Cookie: x=1\r\n\r\n<b>",
    "line\u2028para\u2029next\x85",
    "[red]bold[/red] [link=http://evil.example]x[/link]",
    "../../etc/passwd",
    "x&id=other#y?z;a=1",
    "%00%0d%0a%3Cscript%3E",
    "é漢字😀",
    " blanks at both ends ",
    "<b>" + "y" * 10_000,
)
LONGEST_ID = 240
"""Longer ids are refused when a log is read; every other field may be as long as it likes."""
OWN = re.compile(r"[^0-9A-Za-z]")
STEERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]"
)
"""What turns a terminal or the direction of reading; none of it may leave."""
LINKS = frozenset({"href", "action", "src", "xlink:href", "hx-get", "hx-post"})
MADE = frozenset({"csrf", "review_id", "shown_us"})
"""Fields of forms that no two pages have alike."""
OF_ITS_OWN = frozenset({"id", "for", "aria-labelledby", "aria-describedby"})


def tamed(text):
    """The same as a row of letters; what pages write of it is tamed alike."""
    return OWN.sub("x", text)


class Strings:
    """Hostile strings without end, no two alike; `harmless` makes those of the twin.

    As many fields as an account has and as many seeds as there are have no common divisor, so that
    from account to account each field holds another one.
    """

    def __init__(self, *, harmless=False, first=0):
        self.harmless, self.numbers, self.given = harmless, count(first), []

    def __call__(self, most=None):
        number = next(self.numbers)
        seed = SEEDS[number % len(SEEDS)]
        # Numbered at the end: a formula has to stand at the beginning.
        text = f"{seed[: most - 5] if most else seed}{number:05d}"
        self.given.append(text)
        return tamed(text) if self.harmless else text


def named(account_id, share, text):
    """A flagged account in which each text is a hostile one."""
    return lender(
        account_id,
        probability=share,
        partner=text(),
        plan=text(),
        country_of_record=text(),
        pattern=text(),
        summary=text(),
        clearing=text(),
        reasons=[text() for _ in range(4)],
        mitigations=[text() for _ in range(4)],
        reason_codes=[{"code": text(), "parameters": "{}"} for _ in range(3)],
    )


class HostileStory:
    """A lender's account in which each free field holds a text of its own.

    Numbers rank what pages sort, so that no order hangs on a text.
    """

    def __init__(self, number, text):
        account_id, share = text(LONGEST_ID), 0.99 - number / 1000
        devices = [text(LONGEST_ID) for _ in range(8)]
        lives = dict(enumerate((0, 0, 0, 1, 1, 1, 2, 3)))
        self.account_id = account_id
        self.rows = {
            "accounts": [
                named(account_id, share, text)
                | {"cleared_by_devices": devices[3:4], "cleared_by_places": []}
            ],
            "households": [
                household(account_id, home, 5.0 - home, share, city=text(), country=text())
                for home in range(4)
            ],
            "devices": [
                device(account_id, name, lives[n], DEVICE_TYPES[n], active_days=20 - n)
                for n, name in enumerate(devices)
            ],
            "places": [
                place(account_id, n, n, text(), country=text(), active_days=20 - n)
                for n in range(4)
            ],
            "visits": [
                row
                for n, name in enumerate(devices)
                for row in visits(account_id, name, lives[n], range(n, 42, 3))
            ],
            "evidence": [
                bits(account_id, 1, factor, weight, text())
                for weight, factor in enumerate(("prior", "separation", "persistence", "country"))
            ],
            "ties": [tie(account_id, *sorted(devices[:2]))],
        }

    def __getattr__(self, name):
        return lambda: self.rows[name]


def write_hostile(folder, stories, listed, text):
    """A run of accounts that are told in full, and of some that stand in lists alone.

    Returns:
        The ids of the former, the surest first.
    """
    made = [HostileStory(number, text) for number in range(stories)]
    rows = [named(text(LONGEST_ID), 0.95 - n / 1000, text) for n in range(listed)]
    write_manifest(write_run(folder, *made, honest=rows))
    return [each.account_id for each in made]


class Elements(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its texts.

    Where they stand is left out: lists are sorted by what stands in them.
    """

    def __init__(self, page, *, texts=True):
        super().__init__(convert_charrefs=True)
        self.found, self.inside, self.texts = Counter(), "", texts
        self.feed(page)
        self.close()
        self._end_text()

    def handle_starttag(self, tag, attrs):
        self._end_text()
        told = dict(attrs)
        kept = [(name, _value(name, value or "", told)) for name, value in attrs]
        self.found[tag, *(kept if self.texts else (name for name, _ in attrs))] += 1

    def handle_endtag(self, tag):
        self._end_text()
        self.found[f"/{tag}",] += 1

    def handle_data(self, data):
        self.inside += data

    def handle_comment(self, data):
        self._end_text()
        self.found["comment", tamed(data)] += 1

    def _end_text(self):
        if self.texts and self.inside.strip():
            self.found["text", tamed(self.inside)] += 1
        self.inside = ""


def _value(name, value, told):
    if told.get("name") in MADE or name in OF_ITS_OWN or value.startswith("#"):
        return ""
    return tamed(unquote(value)) if name in LINKS else tamed(value)


def differences(hostile, harmless, *, texts=True):
    """Elements and texts that one page has and its twin has not; and signs that steer.

    Args:
        hostile: A page.
        harmless: The same of the twin.
        texts: Whether texts are to be alike, too: not where one is quoted as Python writes it.
    """
    one, other = (Elements(page, texts=texts).found for page in (hostile, harmless))
    return [*(one - other), *(other - one), *STEERS.findall(hostile)]
