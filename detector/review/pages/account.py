"""One account: what to know first, then everything that it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from detector.charts.colours import Palette, choose_colours
from detector.charts.map import draw_map, used_at_once
from detector.review.access.people import Need
from detector.review.days import DeviceUse, draw_days, draw_hours
from detector.review.desk import Desk
from detector.review.earlier import Before, find_before
from detector.review.filters import read_filter
from detector.review.graph import Graph, build_graph, write_graphml
from detector.review.linked import find_common_devices, find_common_places
from detector.review.looking import account_address, keep_view, look_at
from detector.review.policy import tell_policy
from detector.review.waterfall import ThemeWaterfall, build_themes
from detector.review.web import Visit, Way, read_day
from detector.schemas import Visits
from detector.stories.first import First, tell_first
from detector.stories.story import AccountStory, HouseholdStory
from detector.stories.tell import RunTables, UnknownAccountError, tell_story

MOST_ROWS, MOST_LINKED = 500, 100
USED = (Visits.device_id.name, Visits.day.name, Visits.place.name, Visits.hours.name)


@dataclass(frozen=True)
class Pictures:
    """All that is drawn of an account."""

    palette: Palette
    map: Markup
    days: Markup
    day: date | None
    hours: Markup
    graph: Graph
    at_once: tuple[tuple[str, str, int], ...]
    """Names of two places, and the hours in which both were used."""


@dataclass(frozen=True)
class AccountPage:
    """All that `templates/account.html` reads of the account itself."""

    story: AccountStory
    first: First
    threshold: float
    home_confidence: float
    facts: dict[str, Any]
    waterfalls: tuple[ThemeWaterfall, ...]
    pictures: Pictures
    before: tuple[Before, ...]
    policy: tuple[str, ...]


def build_page(desk: Desk, account_id: str, day: date | None, base: str) -> AccountPage:
    """Gather and draw what a run says of one account.

    Raises:
        UnknownAccountError: The run does not hold it.
    """
    if desk.index.find(account_id) is None:
        near = desk.index.accounts.search_sorted(account_id)
        around = desk.index.accounts.slice(max(near - 3, 0), 6)
        raise UnknownAccountError.among(account_id, around)
    tables = desk.files.tables(account_id)
    story = tell_story(tables, account_id)
    row = tables.accounts.row(0, named=True)
    names = ("partner", "plan", "country_of_record", "signed_up", "extra_members")
    return AccountPage(
        story=story,
        first=tell_first(row),
        threshold=row["threshold"],
        home_confidence=row["home_confidence"],
        facts={name: row[name] for name in names if row[name] is not None},
        waterfalls=tuple(build_themes(each) for each in _weighed(story)),
        pictures=_draw(story, tables, day, base),
        before=find_before(desk.earlier, account_id, tables),
        policy=tell_policy(desk, account_id, tables),
    )


def show_account(visit: Visit) -> Response:
    """The page of one account; that it was looked at is kept."""
    account_id = visit.asked("id")
    inside = read_filter(visit.asked("in"))
    base = f"/account?{urlencode({'id': account_id, 'in': inside.query})}"
    page = build_page(visit.desk, account_id, read_day(visit.asked("day")), base)
    looked = look_at(visit, account_id)
    before, after = _neighbours(visit, account_id, inside.query)
    return visit.page(
        "account.html",
        page=page,
        looked=looked,
        inside=inside.query,
        before=before,
        after=after,
        given="yes" if visit.asked("given") == "yes" else "",
    )


def show_rows(visit: Visit) -> Response:
    """The rows of a table that a number came from."""
    account_id, name = visit.asked("id"), visit.asked("table")
    _require(visit, account_id)
    rows = visit.desk.files.rows(name, account_id)
    for column in ("household", "device_id", "place", "factor", "theme"):
        if (wanted := visit.asked(column)) and column in rows.columns:
            rows = rows.filter(rows[column].cast(str) == wanted)
    shown = rows.head(MOST_ROWS)
    return visit.page(
        "rows.html",
        account_id=account_id,
        table=name,
        columns=shown.columns,
        rows=[[_cell(value) for value in row] for row in shown.iter_rows()],
        total=rows.height,
        most=MOST_ROWS,
    )


def show_linked(visit: Visit) -> Response:
    """Other accounts with a device or a place in common with this one."""
    account_id = visit.asked("id")
    _require(visit, account_id)
    devices = find_common_devices(visit.desk, account_id)
    places = find_common_places(visit.desk.files, account_id)
    template = "fragment_linked.html" if visit.is_fragment else "linked.html"
    return visit.page(
        template, account_id=account_id, devices=devices, places=places, most=MOST_LINKED
    )


def give_graph(visit: Visit) -> Response:
    """The graph of account, devices and places for other programs."""
    account_id = visit.asked("id")
    _require(visit, account_id)
    story = tell_story(visit.desk.files.tables(account_id), account_id)
    headers = {"Content-Disposition": 'attachment; filename="account.graphml"'}
    return Response(write_graphml(story), media_type="application/xml", headers=headers)


def _draw(story: AccountStory, tables: RunTables, day: date | None, base: str) -> Pictures:
    palette = choose_colours(story)
    uses = [DeviceUse(*row) for row in tables.visits.select(USED).iter_rows()]
    at_once = used_at_once(tables.visits)
    names = {place.place: place.name for place in story.places}
    days = sorted({use.day for use in uses})
    shown = day if day in days else None
    told = sorted(at_once.items(), key=lambda each: (-each[1], each[0]))
    return Pictures(
        palette=palette,
        map=draw_map(story, at_once, palette),
        days=draw_days(story, uses, palette, base),
        day=shown,
        hours=draw_hours(story, uses, shown, palette) if shown else Markup(""),
        graph=build_graph(story, palette),
        at_once=tuple((names[a], names[b], hours) for (a, b), hours in told if a in names),
    )


def _weighed(story: AccountStory) -> Iterable[HouseholdStory]:
    """The household that decides first, then the others that were weighed."""
    weighed = [each for each in story.households if each.evidence]
    return sorted(weighed, key=lambda h: h.household != story.deciding_household)


def _neighbours(visit: Visit, account_id: str, inside: str) -> tuple[str | None, str | None]:
    desk = visit.desk
    row = desk.index.find(account_id)
    if row is None:
        return None, None
    found = desk.queues.neighbours(read_filter(inside), desk.standings.now(), row)
    before, after = (None if n is None else desk.index.accounts[n] for n in found)
    return (
        account_address(before, inside) if before else None,
        account_address(after, inside) if after else None,
    )


def _require(visit: Visit, account_id: str) -> None:
    """Also a part of an account is a view of it, and is kept as one."""
    if visit.desk.index.find(account_id) is None:
        raise UnknownAccountError.among(account_id, [])
    keep_view(visit, account_id)


def _cell(value: object) -> str:
    return "" if value is None else str(value)


WAYS = (
    Way("/account", "GET", Need.LOOK, show_account),
    Way("/account/rows", "GET", Need.LOOK, show_rows),
    Way("/account/linked", "GET", Need.LOOK, show_linked),
    Way("/account/graph.graphml", "GET", Need.LOOK, give_graph),
)
