"""The command `household review`."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import QUIET, STORE, Switch


@Parameter(name="*")
@dataclass(frozen=True)
class Place:
    """Where the pages are, and who may come in.

    Attributes:
        host: Address to listen on; any but this machine's own asks people to sign in.
        port: Port to listen on.
        allow_host: Further names by which browsers call the server, as HOST:PORT.
        https: Browsers speak https, to a proxy that ends it.
        login: People sign in although the address is this machine's own.
        by: Who sits here, where nobody signs in; by default the user of this machine.
        proxy: Address of a reverse proxy that signs people in; may be given several times.
        proxy_header: The header in which it names them; each is a user of the case store.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    allow_host: Annotated[tuple[str, ...], QUIET] = ()
    https: Switch = False
    login: Switch = False
    by: str = ""
    proxy: Annotated[tuple[str, ...], QUIET] = ()
    proxy_header: str = ""


PLACE = Place()
LEAN = {
    "POLARS_MAX_THREADS": "1",
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:100,muzzy_decay_ms:0",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""Of Polars and Arrow, before they are loaded: a page reads a few rows, for which threads are only
woken; and what is no longer needed is given back soon, as the process lives for weeks."""


def review(  # noqa: PLR0913 - named as it is called
    folder: Path,
    /,
    *,
    cases: Annotated[str | None, STORE] = None,
    policy: Path | None = None,
    earlier: Annotated[tuple[Path, ...], QUIET] = (),
    place: Place = PLACE,
    common: Common = COMMON,
) -> Answer:
    """Serve the pages on which analysts look at a run and decide.

    Args:
        folder: A folder that `household detect` wrote.
        cases: The case store; it is made where there is none. Without one nothing is decided.
        policy: The policy whose word on each account is shown; by default the one that is shipped.
        earlier: Folder of an earlier run to compare with; may be given several times.
        place: Where, and for whom.
        common: Options of every command.
    """
    for name, value in LEAN.items():
        os.environ.setdefault(name, value)
    from pipelines.config import read_config
    from pipelines.jobs.review import Serving, open_pages, serve

    read_config(common.config)
    serving = Serving(
        host=place.host,
        port=place.port,
        allow_hosts=place.allow_host,
        https=place.https,
        by=place.by,
        login=place.login,
        proxies=place.proxy,
        proxy_header=place.proxy_header,
    )
    app = open_pages(folder, cases, serving, policy=policy, earlier=earlier)
    from pipelines.commands.answers import start_log

    start_log().print(f"http://{place.host}:{place.port}/ (stop with Ctrl+C)", markup=False)
    serve(app, serving)
    return Answer({"served": str(folder)}, lambda console: console.print("Stopped."))
