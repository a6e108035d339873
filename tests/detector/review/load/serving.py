"""The real `household review`, as a process of its own that can be killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.detector.review.load.people import GONE, Browser

ROOT = Path(__file__).parents[4]
HOUSEHOLD = [sys.executable, "-c", "from pipelines.cli import main; main()"]
LONGEST_START = 120


class Server:
    """Serves a run at one port; started again, it is at the same."""

    def __init__(self, folder: Path, cases: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.folder, self.cases = folder, cases
        self.seconds_to_start = 0.0
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Wait until the first page is there; how long that took is told."""
        begun = time.monotonic()
        places = ("--port", str(self.port), "--login")
        command = [*HOUSEHOLD, "review", str(self.folder), "--cases", self.cases, *places]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)
        while time.monotonic() - begun < LONGEST_START:
            try:
                with closing(Browser(self.port)) as browser:
                    browser.get("/login")
            except GONE:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
            else:
                self.seconds_to_start = time.monotonic() - begun
                return self.process
        raise RuntimeError(f"household review did not start: {self.process.poll()}")

    def kill(self) -> None:
        """At once, whatever it is doing."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def peak_mib(self) -> float:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [peak] = re.findall(r"VmHWM:\s+(\d+) kB", status)
        return round(int(peak) / 1024, 1)

    def cpu_seconds(self) -> float:
        """What it has reckoned so far, on all cores."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path, cases: str) -> Generator[Server]:
    """Serve a run, and leave no process behind."""
    server = Server(folder, cases)
    try:
        yield server
    finally:
        server.kill()
