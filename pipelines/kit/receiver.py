"""An example receiver of decisions, to be copied: it needs standardwebhooks and starlette alone.

    RECEIVER_DATABASE=treatments.db RECEIVER_KEYS="whsec_..." \
        uvicorn --factory pipelines.kit.receiver:from_environment

What was received is kept by its id, so that the same message counts once; what is in force is
looked up from it, so that a withdrawal may come before its treatment, or instead of it.
"""

import os
import sqlite3

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MADE = """CREATE TABLE IF NOT EXISTS received (id TEXT PRIMARY KEY, account TEXT, device TEXT,
    treatment TEXT, withdraws TEXT)"""
IN_FORCE = """SELECT device, treatment FROM received WHERE account = ? AND withdraws IS NULL
    AND id NOT IN (SELECT withdraws FROM received WHERE withdraws IS NOT NULL) ORDER BY 1, 2"""


def receiver(database: str, keys: list[str]) -> Starlette:
    """An application that takes messages at /hook; with two keys, while keys are changed."""
    store = sqlite3.connect(database, check_same_thread=False)
    store.execute(MADE)
    verifiers = [Webhook(key) for key in keys]

    async def hook(request: Request) -> Response:
        body, headers = await request.body(), dict(request.headers)
        for verifier in verifiers:
            try:  # refuses what is tampered with, and what was signed over five minutes ago
                told = verifier.verify(body, headers)
            except (WebhookVerificationError, ValueError):
                continue
            if told["id"] == headers["webhook-id"]:
                decision = told["data"]
                names = ("account_id", "device_id", "treatment", "withdraws")
                with store:  # on the disk before it is acknowledged; a known id changes nothing
                    row = (told["id"], *(decision[name] for name in names))
                    store.execute("INSERT OR IGNORE INTO received VALUES (?, ?, ?, ?, ?)", row)
                return Response(status_code=204)  # now let `IN_FORCE` be done for the account
        return Response(status_code=401)

    return Starlette(routes=[Route("/hook", hook, methods=["POST"])])


def from_environment() -> Starlette:
    """The application that the environment describes."""
    return receiver(os.environ["RECEIVER_DATABASE"], os.environ["RECEIVER_KEYS"].split())
