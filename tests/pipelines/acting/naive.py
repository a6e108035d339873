"""The null control: who appends to a file, posts, and commits last, as one writes it in an hour."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from standardwebhooks import Webhook

from tests.pipelines.acting.receiving import KEY, now_us, read_received

NAIVE_ACCOUNTS = ("a00", "a01", "a02")
SPARED = "a01"


class NaiveSender:
    """Tells a receiver to pause each account, and one account's pause is withdrawn afterwards."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, urlsplit(url)

    def act(self) -> int:
        with closing(self._open()) as database:
            done = {row[0] for row in database.execute("SELECT account FROM done")}
            for account in NAIVE_ACCOUNTS:
                if account not in done:
                    self._append(account)
                    one = self._post(account, None)
                    database.execute("INSERT INTO done VALUES (?, ?, 0)", (account, one))
                    database.commit()
        return 0

    def spare(self) -> int:
        with closing(self._open()) as database:
            asked = "SELECT id FROM done WHERE account = ? AND NOT withdrawn"
            for (one,) in database.execute(asked, (SPARED,)).fetchall():
                self._append(f"not {SPARED}")
                self._post(SPARED, one)
                database.execute("UPDATE done SET withdrawn = 1 WHERE id = ?", (one,))
                database.commit()
        return 0

    def check(self) -> Iterator[str]:
        rows = read_received(self.folder)
        taken_back = {row[-1] for row in rows}
        has = Counter(row[1] for row in rows if row[-1] is None and row[0] not in taken_back)
        wanted = {*NAIVE_ACCOUNTS} - {SPARED}
        if wanted - has.keys():
            yield "receiver: decisions lost"
        if has.keys() - wanted:
            yield "receiver: withdrawn ones left in force"
        if max(has.values(), default=0) > 1:
            yield "receiver: applied twice"
        lines = (self.folder / "decisions.csv").read_text().splitlines()
        if Counter(lines) != Counter([*NAIVE_ACCOUNTS, f"not {SPARED}"]):
            yield "file: not what was decided"

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.folder / "naive.db")
        database.execute("CREATE TABLE IF NOT EXISTS done (account, id, withdrawn)")
        return database

    def _append(self, line: str) -> None:
        with (self.folder / "decisions.csv").open("a") as file:
            file.write(line + "\n")

    def _post(self, account: str, withdraws: str | None) -> str:
        one = uuid4().hex
        data = {"account_id": account, "device_id": None, "treatment": "pause"}
        body = json.dumps({"id": one, "data": {**data, "withdraws": withdraws}})
        at = datetime.fromtimestamp(now_us() // 1_000_000, UTC)
        headers = {
            "webhook-id": one,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(KEY).sign(one, at, body),
        }
        connection = HTTPConnection(self.url.hostname or "", self.url.port)
        with closing(connection):
            connection.request("POST", self.url.path, body, headers)
            if connection.getresponse().status != 204:
                raise ConnectionError("not taken")
        return one
