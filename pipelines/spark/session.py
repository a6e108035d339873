"""A Spark session that is ours for one run, or the one that is there already."""

import os
import re
import shutil
import socket
import subprocess
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from detector.errors import DetectorError, SettingsError

JAVA = 17
"""The oldest that Spark 4 runs on."""

SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""Set where spark-submit started us: then Java runs, and the master is chosen."""

ONE_CORE = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "ARROW_IO_THREADS")


@contextmanager
def open_session(master: str, work: Path) -> Generator[Any]:
    """Start Spark, or join the session that is there; only one that was started here is stopped.

    Args:
        master: Where; of no account under spark-submit.
        work: Folder for what a `local` master writes.

    Raises:
        SettingsError: No pyspark, no Java that it runs on, or no such master.
    """
    sessions = _import_sessions()
    if found := sessions.getActiveSession():
        yield found
        return
    builder = sessions.builder.appName("household").config(map=_settings(work))
    if SUBMITTED not in os.environ:
        check_java()
        check_reachable(master)
        builder = builder.master(master)
        if master.startswith("local"):
            _keep_to_this_machine()
            builder = builder.config(map=_local_settings(master, work))
    session = _started(builder, master)
    try:
        yield session
    finally:
        session.stop()


def _import_sessions() -> Any:  # noqa: ANN401 - pyspark's own types are partial
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SettingsError(
            "--engine spark needs pyspark, which is not installed.",
            hint="install it with: pip install 'household-detector[spark]'",
        ) from error
    return SparkSession


def _started(builder: Any, master: str) -> Any:  # noqa: ANN401 - pyspark's own types are partial
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        with warnings.catch_warnings():
            # Which pandas Spark wants is no matter: none is used here.
            warnings.simplefilter("ignore", FutureWarning)
            session = builder.getOrCreate()
    except (Py4JError, PySparkException, OSError) as error:
        raise DetectorError(
            f"Spark cannot start on {master!r} ({type(error).__name__}).",
            hint="see whether its pyspark-shell starts there; its own words stand above",
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def check_java() -> None:
    """Say it here, where Spark would only say that its gateway is gone."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    hint = f"install it (Debian: openjdk-{JAVA}-jre-headless), or set JAVA_HOME to where it is"
    try:
        told = subprocess.run(
            [java or "java", "-version"], capture_output=True, text=True, check=False
        ).stderr
    except OSError as error:
        raise SettingsError(f"Spark needs Java {JAVA}, and finds none.", hint=hint) from error
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    if version is None or int(version[1]) < JAVA:
        found = f"Java {version[1]}" if version else "something else"
        raise SettingsError(f"Spark needs Java {JAVA}; {java} is {found}.", hint=hint)


def check_reachable(master: str) -> None:
    """A cluster of Spark's own has one or more doors; without any, Spark tries for minutes."""
    if not re.match(r"local|spark://|yarn$|k8s://", master):
        raise SettingsError(
            f"--master {master} is no master of Spark.",
            hint="give local[2], spark://HOST:7077, yarn or k8s://https://HOST:PORT",
        )
    if not master.startswith("spark://"):
        return
    doors = [urlparse(f"spark://{door}") for door in master.removeprefix("spark://").split(",")]
    for door in doors:
        try:
            socket.create_connection((door.hostname, door.port or 7077), timeout=5).close()
        except (OSError, ValueError):
            continue
        return
    raise SettingsError(
        f"No Spark master answers at {master}.", hint="check the host, the port and the firewall"
    )


def _keep_to_this_machine() -> None:
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


def _settings(work: Path) -> dict[str, str]:
    """What the result or the tasks' memory depends on; the rest is the cluster's affair."""
    return {
        # A task's libraries use the one core that Spark counts for it.
        **{f"spark.executorEnv.{name}": "1" for name in ONE_CORE},
        # Two tries of one task at a time would write to one place.
        "spark.speculation": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(work / "warehouse"),
    }


def _local_settings(master: str, work: Path) -> dict[str, str]:
    cores = re.search(r"\[(\d+)", master)
    return {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "spark.local.dir": str(work / "local"),
        "spark.sql.shuffle.partitions": str(4 * int(cores[1]) if cores else 32),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
