"""From a request to a page: who asks, whether they may, and what is said if something is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import cast
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from detector.cases.failures import CaseStoreError, RefusedMoveError, UnknownCaseError
from detector.cases.users import find_user
from detector.errors import DetectorError, SettingsError
from detector.review.access.guard import MOST_BYTES
from detector.review.access.people import Need, Visitor
from detector.review.access.sessions import IDLE, SECOND, Session, is_same
from detector.review.desk import Desk
from detector.review.html import render
from detector.stories.tell import UnknownAccountError

AT_ONCE = CapacityLimiter(6)
"""Pages that are made at once: each takes memory, and more of them than cores are no faster."""
COOKIE = "household"
NOBODY = Visitor("", "")
STATUS: Mapping[type[DetectorError], int] = {
    UnknownAccountError: 404,
    UnknownCaseError: 404,
    RefusedMoveError: 409,
    SettingsError: 422,
    CaseStoreError: 503,
}


@dataclass(frozen=True)
class Visit:
    """One request: what is asked, by whom, of which run."""

    desk: Desk
    request: Request
    person: Visitor
    session: Session | None
    form: Mapping[str, str]

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of the page that the reader has."""
        return self.request.headers.get("hx-request") == "true"

    def asked(self, name: str) -> str:
        """A word of the address; empty if it is not there."""
        return self.request.query_params.get(name, "")

    @property
    def address(self) -> str:
        """Where the request came from; of a reverse proxy, its own."""
        return self.request.client.host if self.request.client else ""

    def page(self, template: str, status: int = 200, **content: object) -> HTMLResponse:
        """Render a template for this person."""
        csrf = self.session.csrf if self.session else ""
        common = {
            "person": self.person,
            "csrf": csrf,
            "run": self.desk.name,
            "decides": self.desk.store is not None and self.person.may(Need.DECIDE),
            "signs_in": self.desk.doors.everybody is None and not self.desk.doors.proxy_header,
        }
        return HTMLResponse(render(template, **common, **content), status_code=status)

    def go(self, address: str) -> Response:
        """Lead on to another page of this server, with scripts or without."""
        if self.is_fragment:
            return Response(status_code=200, headers={"HX-Redirect": address})
        return RedirectResponse(address, status_code=303)


Handler = Callable[[Visit], Response]


@dataclass(frozen=True)
class Way:
    """One address, what it asks of a person, and what answers."""

    path: str
    method: str
    need: Need
    answer: Handler


def to_route(desk: Desk, way: Way) -> Route:
    """Make a way known to the server; pages are made beside the loop that takes requests."""

    async def endpoint(request: Request) -> Response:
        form = await _read_form(request) if way.method == "POST" else {}
        work = partial(_answer, desk, way, request, form)
        return await to_thread.run_sync(work, limiter=AT_ONCE)

    return Route(way.path, endpoint, methods=[way.method], name=f"{way.method} {way.path}")


def set_cookie(visit: Visit, response: Response, token: str) -> None:
    """Give the browser its session: no script reads it, no other site sends it."""
    secure = visit.desk.doors.scheme == "https"
    response.set_cookie(
        cookie_name(visit.desk),
        token,
        max_age=IDLE // SECOND * 12,
        httponly=True,
        samesite="strict",
        secure=secure,
        path="/",
    )


def cookie_name(desk: Desk) -> str:
    """Over https a name that no neighbour of the server can write."""
    return f"__Host-{COOKIE}" if desk.doors.scheme == "https" else COOKIE


def read_day(told: str) -> date | None:
    """A day of an address or a form; none if it is left out.

    Raises:
        SettingsError: It is no day.
    """
    if not told:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        problem = f"{told[:20]!r} is no day."
        raise SettingsError(problem, hint="give one as 2026-12-31") from error


async def _read_form(request: Request) -> dict[str, str]:
    """Fields of a plain form; the last of each name."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return {}
    pairs = parse_qsl(bytes(body).decode("utf-8", "replace"), max_num_fields=100)
    return dict(pairs)


def _answer(desk: Desk, way: Way, request: Request, form: Mapping[str, str]) -> Response:
    token = request.cookies.get(cookie_name(desk))
    session = desk.sessions.find(token)
    person = _who(desk, request, session)
    begun = ""
    if person is not None and (session is None or session.person != person):
        begun = desk.sessions.begin(person)
        session = desk.sessions.find(begun)
    visit = Visit(desk, request, person or NOBODY, session, form)
    response = _let_in(visit, way, begun=bool(begun))
    if begun:
        set_cookie(visit, response, begun)
    return response


def _let_in(visit: Visit, way: Way, *, begun: bool) -> Response:
    if way.need is not Need.NOTHING and visit.person == NOBODY:
        return visit.go("/login") if way.method == "GET" else _say(visit, 401, "Sign in first.")
    if not visit.person.may(way.need):
        words = f"A {visit.person.role} may not see this page."
        return _say(visit, 403, words, "ask whoever keeps the list of users")
    sent, held = visit.form.get("csrf", ""), visit.session.csrf if visit.session else ""
    if way.method == "POST" and way.path != "/login" and (begun or not is_same(sent, held)):
        return _say(visit, 403, "This form is of a session that has ended.", "load the page again")
    try:
        return way.answer(visit)
    except DetectorError as error:
        status = next((n for kind, n in STATUS.items() if isinstance(error, kind)), 500)
        return _say(visit, status, error.problem, error.hint)


def _who(desk: Desk, request: Request, session: Session | None) -> Visitor | None:
    """Who asks. What a store says of a person holds from the next request on."""
    doors = desk.doors
    if doors.everybody is not None:
        return doors.everybody
    if doors.proxy_header:
        address = request.client.host if request.client else ""
        name = request.headers.get(doors.proxy_header, "")
        return find_person(desk, name) if address in doors.proxies and name else None
    return find_person(desk, session.person.name) if session else None


def find_person(desk: Desk, name: str) -> Visitor | None:
    """A user of the store who is not disabled."""
    if desk.store is None:
        return None
    with desk.store.reading() as reading:
        user = find_user(reading, name)
    return Visitor(user.name, str(user.role)) if user else None


def _say(visit: Visit, status: int, problem: str, hint: str = "") -> Response:
    """Say what is wrong: as a page, or as a part of the one that the reader has."""
    template = "fragment_message.html" if visit.is_fragment else "message.html"
    return cast("Response", visit.page(template, status, problem=problem, hint=hint))
