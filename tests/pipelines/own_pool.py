"""The reader's children without the processes, for tests that ask what is read, not by whom."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from pipelines.jobs import ingest as ingest_job
from pipelines.jobs import inspect_log
from pipelines.reading import log, pool, starting
from pipelines.reading.child import main as child
from pipelines.reading.shared.messages import ReadPlan
from pipelines.storing import window


class OwnPool:
    together = True

    def __init__(self, plan: Path, threads: int, deadline_s: float) -> None:
        self.plan = ReadPlan.model_validate_json(plan.read_bytes())

    def __enter__(self):
        return self

    def __exit__(self, *failure: object) -> None:
        pass

    def run(self, requests):
        """In the words that children are asked and answer in, as not everything can be said so."""
        for number, request in enumerate(requests):
            asked = child._REQUESTS.validate_json(request.model_dump_json())
            reply = child.answer(asked, self.plan).model_dump_json()
            yield number, pool._unless_ours(pool._REPLIES.validate_json(reply))

    def find_parts(self, pieces):
        return pool.deal_parts(part for piece in pieces for part in piece.parts)


def stay_in_this_process(patch: pytest.MonkeyPatch) -> None:
    """Starting a child takes a second, which few of the tiny logs do."""
    for module in (ingest_job, inspect_log, window):
        patch.setattr(module, "ChildPool", OwnPool)
    patch.setattr(log.read_log, "__defaults__", (OwnPool,))
    patch.setattr(starting, "children_ahead", lambda size: nullcontext())
    patch.setattr(child, "_limit_memory", lambda size: None)
