"""What every request must prove before a page sees it, and what every answer carries."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 << 10
"""Of a form: a note and a few fields."""
MOST_QUERY = 8 << 10
READING = frozenset({"GET", "HEAD"})
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers hide the origin of plain forms even from this server.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Guard:
    """Lets in only requests that were meant for this server, and by its own pages."""

    app: ASGIApp
    hosts: frozenset[str]
    """Names by which the server may be called, with the port; a page of another name that leads
    here (DNS rebinding) is refused."""
    scheme: str
    """What browsers speak: https behind a proxy that ends TLS."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, then add the headers to whatever answers it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["server"] = "household"
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self.scheme == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        refused = self._refusal(scope)
        await (refused or self.app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self.hosts:
            return _no(421, "This server is not called so. Start it with --allow-host NAME.")
        if len(scope.get("query_string", b"")) > MOST_QUERY:
            return _no(414, "This address is too long.")
        if scope["method"] in READING:
            return None
        if scope["method"] != "POST":
            return _no(405, "Only GET and POST are answered.")
        if not self._is_own(headers):
            return _no(403, "This form was not sent by a page of this server. Load it again.")
        length = headers.get("content-length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            return _no(413, "This form is too long.")
        return None

    def _is_own(self, headers: Headers) -> bool:
        """A browser says where a form came from; what says nothing is no browser of ours."""
        origin = headers.get("origin")
        if origin is not None and origin != "null":
            return origin.lower() in {f"{self.scheme}://{host}" for host in self.hosts}
        return origin is None and headers.get("sec-fetch-site") == "same-origin"


def _no(status: int, words: str) -> PlainTextResponse:
    return PlainTextResponse(f"{words}\n", status_code=status)
