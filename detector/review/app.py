"""The pages as a web application."""

import mimetypes
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from detector.charts.colours import STYLE, read_style
from detector.review.access.guard import Guard
from detector.review.desk import Desk
from detector.review.pages import account, agent, deciding, entry, exports, overview, queue, team
from detector.review.web import Way, to_route

STATIC = ("review.css", "review.js", "htmx.min.js", "favicon.svg")
"""What browsers may fetch besides the style of pictures; a name that is not here leads nowhere."""

WAYS: tuple[Way, ...] = (
    *entry.WAYS,
    *queue.WAYS,
    *account.WAYS,
    *exports.WAYS,
    *overview.WAYS,
    *deciding.WAYS,
    *agent.WAYS,
    *team.WAYS,
)
"""Every address with what it asks of a person: nothing else is answered."""


def build_app(desk: Desk) -> ASGIApp:
    """Make the application; everything that it knows is in the desk.

    Args:
        desk: A run that is open for people.
    """
    routes = [*(to_route(desk, way) for way in WAYS), Route("/static/{name}", _static)]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_page})
    return Guard(app, frozenset(host.lower() for host in desk.doors.hosts), desk.doors.scheme)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name == STYLE:
        content = read_style().encode()
    elif name in STATIC:
        content = files("detector.review").joinpath("static", name).read_bytes()
    else:
        return PlainTextResponse("There is no such file.\n", status_code=404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})


async def _no_page(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = "There is no such page." if status == 404 else "This is not answered."
    return PlainTextResponse(f"{words}\n", status_code=status)
