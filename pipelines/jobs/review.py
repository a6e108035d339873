"""Job: serve the pages on which analysts look at a run and decide."""

import getpass
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.cases.open import open_store
from detector.cases.reading import Reading
from detector.cases.store import CaseStore
from detector.cases.users import list_users
from detector.errors import SettingsError
from detector.review.access.people import Visitor
from detector.review.app import build_app
from detector.review.desk import Desk, Doors, open_desk
from pipelines.clock import now_us
from pipelines.jobs.policy import load_policy

LOCAL = ("127.0.0.1", "::1", "localhost")
LEAD = "lead"
MALLOC = {-8: 2, -3: 128 << 10, -1: 128 << 10}
"""Options of glibc: two arenas for all threads; large blocks are given back at once."""


@dataclass(frozen=True)
class Serving:
    """Where the pages are, and how people come in."""

    host: str = "127.0.0.1"
    port: int = 8765
    allow_hosts: Sequence[str] = ()
    """Further names by which browsers call the server, with the port where it is not the usual."""
    https: bool = False
    """Whether browsers speak https, to a proxy that ends it here."""
    by: str = ""
    """Who sits here, where nobody signs in; by default the user of this machine."""
    login: bool = False
    proxies: Sequence[str] = ()
    proxy_header: str = ""


def open_pages(  # noqa: PLR0913 - all that the pages are made from
    folder: Path,
    cases: str | None,
    serving: Serving,
    *,
    policy: Path | None = None,
    earlier: Sequence[Path] = (),
    clock: Callable[[], int] = now_us,
) -> Any:  # noqa: ANN401 - an ASGI application
    """Make the pages of a run.

    Raises:
        DetectorError: The folder holds no run, the store is none, or others could come in unasked.
    """
    give_memory_back()
    store = open_store(cases) if cases else None
    doors = _doors(serving, store)
    desk: Desk = open_desk(
        folder,
        store,
        doors,
        policy=load_policy(policy) if store or policy else None,
        earlier=tuple(earlier),
        clock=clock,
    )
    return build_app(desk)


def give_memory_back() -> None:
    """Let allocators return what they no longer need, as pages are few and their tables large."""
    import ctypes

    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for option, value in MALLOC.items():
            library.mallopt(option, value)


def serve(app: Any, serving: Serving) -> None:  # noqa: ANN401 - an ASGI application
    """Answer until the process is stopped; no request is logged, as addresses name accounts."""
    import uvicorn

    uvicorn.run(
        app,
        host=serving.host,
        port=serving.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=32 << 10,
        timeout_keep_alive=30,
        limit_concurrency=200,
    )


def _doors(serving: Serving, store: CaseStore | None) -> Doors:
    """Nobody comes in unasked but on a machine's own address."""
    local = serving.host in LOCAL
    signs_in = serving.login or bool(serving.proxy_header) or not local
    if serving.proxy_header and not serving.proxies:
        raise SettingsError(
            "A header that anybody could send would be believed.",
            hint="name the addresses of the reverse proxy: --proxy 10.0.0.5",
        )
    if signs_in and store is None:
        raise SettingsError(
            f"On {serving.host} people must sign in, and users are kept in the case store.",
            hint="give --cases, and add users with household cases users add",
        )
    if signs_in and store is not None:
        with store.reading() as reading:
            _require_users(reading)
    return Doors(
        hosts=_hosts(serving),
        scheme="https" if serving.https else "http",
        everybody=None if signs_in else Visitor(serving.by or getpass.getuser(), LEAD),
        proxies=frozenset(_address(each) for each in serving.proxies),
        proxy_header=serving.proxy_header,
    )


def _require_users(reading: Reading) -> None:
    if list_users(reading).is_empty():
        raise SettingsError(
            "The case store holds no users, so nobody could sign in.",
            hint="household cases users add NAME --role lead",
        )


def _hosts(serving: Serving) -> tuple[str, ...]:
    names = LOCAL if serving.host in LOCAL else (serving.host,)
    shown = [f"[{name}]" if ":" in name else name for name in names]
    return (*(f"{name}:{serving.port}" for name in shown), *serving.allow_hosts)


def _address(told: str) -> str:
    try:
        return str(ipaddress.ip_address(told))
    except ValueError as error:
        raise SettingsError(f"{told!r} is no address.", hint="--proxy 10.0.0.5") from error
