"""What became of the rows of some files that are read together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from detector.events.clean import GOOD, KEPT, NOT_LISTED, OUTCOMES, OUTSIDE, REASONS, CleanRows
from detector.events.rows import LogRows
from detector.kernels.coded import CodedRows
from pipelines.reading.child.gathering import FileRows
from pipelines.reading.shared.messages import Decoded, DecodeRequest, Part

_EVENT_ID = LogRows.event_id.name


_KINDS = len(OUTCOMES.categories)


class Books:
    """Counts that grow while files are read."""

    def __init__(self, requests: Sequence[DecodeRequest]) -> None:
        self._out = requests[0].out
        self._outcomes = np.zeros((len(requests), _KINDS), np.int64)
        self._days = [Counter[date]() for _ in requests]
        self._ids = [pl.DataFrame(schema=_IDS)]
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
            self._ids.append(_identify(coded, file=pl.Series("file", piece.file)))

    def close(self) -> tuple[Decoded, ...]:
        """One entry for each file; what is known of all of them alone stands in the first."""
        names = OUTCOMES.categories.to_list()
        files = [
            _of_file(dict(zip(names, outcomes, strict=True)), days)
            for outcomes, days in zip(self._outcomes.tolist(), self._days, strict=True)
        ]
        shared = {
            "repairs": dict(self.repairs),
            "conflicts": _count_conflicts(pl.concat(self._ids)),
            "parts": tuple(self.parts),
            "rejects": tuple(self.rejects),
        }
        return (files[0].model_copy(update=shared), *files[1:])


_IDS = {"file": pl.Int64, "id": pl.UInt64, "content": pl.UInt64}


def _of_file(outcomes: Mapping[str, int], days: Mapping[date, int]) -> Decoded:
    return Decoded(
        rows=sum(outcomes.values()),
        kept=outcomes[KEPT],
        outside_window=outcomes[OUTSIDE],
        not_listed=outcomes[NOT_LISTED],
        rejected={reason: outcomes[reason] for reason in REASONS if outcomes[reason]},
        days=dict(days),
    )


def _identify(coded: CodedRows, file: pl.Series) -> pl.DataFrame:
    """Of each row with an id of its own one number for the id and one for all else it says."""
    content = np.zeros(coded.rows.height, np.uint64)
    for seed, column in enumerate(sorted(set(coded.rows.columns) - {_EVENT_ID})):
        said = coded.rows[column]
        told = coded.texts[column].hash(seed).gather(said) if column in coded.texts else None
        content ^= (said.hash(seed) if told is None else told.fill_null(0)).to_numpy()
    ids = coded.texts[_EVENT_ID].hash().gather(coded.rows[_EVENT_ID])
    known = pl.DataFrame([file, ids.alias("id"), pl.Series("content", content)])
    return known.drop_nulls("id")


def _count_conflicts(ids: pl.DataFrame) -> int:
    """How many ids of one file stand in rows that differ."""
    contents = ids.group_by("file", "id").agg(pl.col("content").n_unique())
    return contents.filter(pl.col("content") > 1).height
