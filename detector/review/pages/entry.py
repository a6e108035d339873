"""The way in and out: signing in with a password, signing out."""

from starlette.responses import RedirectResponse, Response

from detector.cases.users import find_user, record_login
from detector.review.access.passwords import is_right
from detector.review.access.people import Need, Visitor
from detector.review.web import Visit, Way, cookie_name, find_person, set_cookie

SECONDS_TO_WAIT = 900


def lead_in(visit: Visit) -> Response:
    """The first page of whoever comes."""
    if visit.person.may(Need.LOOK):
        return visit.go("/queue")
    return visit.go("/help" if visit.person.may(Need.HELP) else "/login")


def show_login(visit: Visit) -> Response:
    """Ask for a name and a password."""
    return visit.page("login.html", problem="", name="")


def log_in(visit: Visit) -> Response:
    """Begin a session for whoever knows the password; say no more than that it was wrong."""
    name, desk = visit.form.get("name", "")[:200], visit.desk
    if not desk.attempts.may_try(name, visit.address):
        problem = "Too many wrong passwords. Wait a quarter of an hour."
        response = visit.page("login.html", 429, problem=problem, name=name)
        response.headers["Retry-After"] = str(SECONDS_TO_WAIT)
        return response
    if not _is_somebody(visit, name):
        desk.attempts.failed(name, visit.address)
        _tell(visit, name, succeeded=False)
        problem = "The name or the password is wrong."
        return visit.page("login.html", 401, problem=problem, name=name)
    person = find_person(desk, name) or Visitor("", "")
    _tell(visit, name, succeeded=True)
    desk.sessions.end(visit.request.cookies.get(cookie_name(desk)))
    response = visit.go("/")
    set_cookie(visit, response, desk.sessions.begin(person))
    return response


def log_out(visit: Visit) -> Response:
    """End the session."""
    name = cookie_name(visit.desk)
    visit.desk.sessions.end(visit.request.cookies.get(name))
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(name, path="/")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _is_somebody(visit: Visit, name: str) -> bool:
    """As long for a name that nobody has as for a wrong password."""
    store = visit.desk.store
    if store is None or visit.desk.doors.proxy_header:
        return False
    with store.reading() as reading:
        user = find_user(reading, name)
    known = user.password_hash if user else None
    return is_right(visit.form.get("password", ""), known)


def _tell(visit: Visit, name: str, *, succeeded: bool) -> None:
    """Into the history; a name that nobody has is not written into a store that keeps all."""
    store = visit.desk.store
    if store is not None and find_person(visit.desk, name) is not None:
        record_login(store, name, visit.desk.clock(), succeeded=succeeded)


WAYS = (
    Way("/", "GET", Need.NOTHING, lead_in),
    Way("/login", "GET", Need.NOTHING, show_login),
    Way("/login", "POST", Need.NOTHING, log_in),
    Way("/logout", "POST", Need.NOTHING, log_out),
)
