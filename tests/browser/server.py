"""The pages on a port of this machine, in a thread beside whoever looks at them."""

import socket
import threading
import time

import uvicorn

LATER_CAME = """() => !document.querySelector(
  '[hx-trigger=load] > [href^="/account/linked"], .htmx-request')"""


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start_server(app, port):
    """Answer until `should_exit` is set; who calls this may ask at once."""
    config = uvicorn.Config(app, port=port, log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    return server


def wait_for_all(page):
    """Until a page holds what it asks for once it is there; an idle network says so later."""
    page.wait_for_function(LATER_CAME)
