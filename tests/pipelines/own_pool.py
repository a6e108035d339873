"""The reader's children without the processes: for tests that read many tiny logs."""

from pathlib import Path

import pytest

from pipelines.jobs import ingest as ingest_job
from pipelines.reading import log
from pipelines.reading.child.decode import decode_file, decode_together
from pipelines.reading.child.records import decode_records
from pipelines.reading.child.reduce import reduce_bucket
from pipelines.reading.child.survey import survey_file
from pipelines.reading.pool import deal_parts
from pipelines.reading.shared.mapping import UnmappedError
from pipelines.reading.shared.messages import Failed, ReadPlan
from pipelines.storing import window

TASKS = {
    "survey": survey_file,
    "decode": decode_file,
    "together": decode_together,
    "reduce": lambda request, _: reduce_bucket(request),
    "records": decode_records,
}


class OwnPool:
    together = True

    def __init__(self, plan: Path, threads: int, deadline_s: float) -> None:
        self.plan = ReadPlan.model_validate_json(plan.read_bytes())

    def __enter__(self):
        return self

    def __exit__(self, *failure: object) -> None:
        pass

    def run(self, requests):
        for number, request in enumerate(requests):
            try:
                yield number, TASKS[request.task](request, self.plan)
            except UnmappedError as error:
                yield number, Failed(problem=error.problem)

    def find_parts(self, pieces):
        return deal_parts(part for piece in pieces for part in piece.parts)


def stay_in_this_process(patch: pytest.MonkeyPatch) -> None:
    for module in (log, ingest_job, window):
        patch.setattr(module, "ChildPool", OwnPool)
