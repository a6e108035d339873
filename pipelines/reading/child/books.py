"""What became of the rows of some files that are read together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from detector.events.clean import GOOD, KEPT, NOT_LISTED, OUTCOMES, OUTSIDE, REASONS, CleanRows
from detector.events.rows import LogRows
from detector.kernels.arrays import Ints
from detector.kernels.coded import CodedRows
from pipelines.reading.child.gathering import FileRows
from pipelines.reading.shared.messages import Decoded, DecodeRequest, Part
from pipelines.reading.shared.tables import own_folder

_EVENT_ID = LogRows.event_id.name


_KINDS = len(OUTCOMES.categories)


class Books:
    """Counts that grow while files are read."""

    def __init__(self, requests: Sequence[DecodeRequest]) -> None:
        self._out = requests[0].out
        self._outcomes = np.zeros((len(requests), _KINDS), np.int64)
        self._days = [Counter[date]() for _ in requests]
        self._numbers = np.array([request.number for request in requests])
        self._ids = list[pl.DataFrame]()
        self.repairs = Counter[str]()
        self.parts = list[Part]()
        self.rejects = list[str]()

    @property
    def out(self) -> str:
        """Where to write next, without a suffix."""
        return f"{self._out}-{len(self.parts) + len(self.rejects):05d}"

    def count(self, piece: FileRows, coded: CodedRows, clean: CleanRows) -> None:
        """Enter what became of the rows of a piece."""
        codes = piece.file * _KINDS + clean.outcome.to_physical().to_numpy()
        counts = np.bincount(codes, minlength=self._outcomes.size)
        self._outcomes += counts.reshape(self._outcomes.shape)
        good = clean.outcome.to_physical() < len(GOOD)
        day = coded.rows[LogRows.ts.name].dt.date().filter(good)
        file = pl.Series("file", piece.file).filter(good)
        days = pl.LazyFrame([file, day.alias("day")]).group_by("file", "day").len()
        for place, each, rows in days.collect(engine="streaming").sort("file", "day").iter_rows():
            self._days[place][each] += rows
        self.repairs.update(clean.repairs)
        if _EVENT_ID in coded.texts:
            self._ids.append(_identify(coded, piece, self._numbers))

    def close(self) -> tuple[Decoded, ...]:
        """One entry for each file; what is known of all of them alone stands in the first."""
        names = OUTCOMES.categories.to_list()
        files = [
            _of_file(dict(zip(names, outcomes, strict=True)), days)
            for outcomes, days in zip(self._outcomes.tolist(), self._days, strict=True)
        ]
        shared = {
            "repairs": dict(self.repairs),
            "ids": self._write_ids(),
            "parts": tuple(self.parts),
            "rejects": tuple(self.rejects),
        }
        return (files[0].model_copy(update=shared), *files[1:])

    def _write_ids(self) -> tuple[str, ...]:
        """Where what event ids stand for is kept, until it is known of all files."""
        if not self._ids:
            return ()
        path = f"{self._out}-ids.arrow"
        with own_folder():
            pl.concat(self._ids).write_ipc(path, compression="lz4")
        return (path,)


_ROW_BITS = 40
"""A file has fewer rows than that many bits count."""


def _of_file(outcomes: Mapping[str, int], days: Mapping[date, int]) -> Decoded:
    return Decoded(
        rows=sum(outcomes.values()),
        kept=outcomes[KEPT],
        outside_window=outcomes[OUTSIDE],
        not_listed=outcomes[NOT_LISTED],
        rejected={reason: outcomes[reason] for reason in REASONS if outcomes[reason]},
        days=dict(days),
    )


def _identify(coded: CodedRows, piece: FileRows, numbers: Ints) -> pl.DataFrame:
    """Of each row with an id of its own where it stands, its id, and one number for all it says."""
    content = np.zeros(coded.rows.height, np.uint64)
    for seed, column in enumerate(sorted(set(coded.rows.columns) - {_EVENT_ID})):
        said = coded.rows[column]
        told = coded.texts[column].hash(seed).gather(said) if column in coded.texts else None
        content ^= (said.hash(seed) if told is None else told.fill_null(0)).to_numpy()
    ids = coded.texts[_EVENT_ID].hash().gather(coded.rows[_EVENT_ID])
    at = pl.Series((numbers[piece.file] << _ROW_BITS) + piece.number)
    known = pl.DataFrame({"at": at, "id": ids, "content": content})
    return known.drop_nulls("id")
