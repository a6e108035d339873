"""What became of the rows of some files that are read together."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np

from detector.kernels.arrays import Ints
from pipelines.reading.child.adding import Added
from pipelines.reading.shared.messages import Decoded, DecodeRequest, Part


class Books:
    """Counts that grow while files are read."""

    def __init__(self, requests: Sequence[DecodeRequest]) -> None:
        files = len(requests)
        self._out = requests[0].out
        self.rows = np.zeros(files, np.int64)
        self.kept = np.zeros(files, np.int64)
        self.rejected = [Counter[str]() for _ in range(files)]
        self.outside_window = self.not_listed = self.copies = 0
        self.repairs = Counter[str]()
        self.days = Counter[date]()
        self.parts = list[Part]()
        self.rejects = list[str]()

    @property
    def out(self) -> str:
        """Where to write next, without a suffix."""
        return f"{self._out}-{len(self.parts) + len(self.rejects):05d}"

    def by_file(self, files: Ints) -> Ints:
        """How many rows are of each file."""
        return np.bincount(files, minlength=len(self.rows))

    def add(self, added: Added, part: Part) -> None:
        """Enter sums that were written."""
        self.copies += added.copies
        self.days.update(added.days)
        self.parts.append(part)

    def close(self) -> tuple[Decoded, ...]:
        """One entry for each file; what is known of all of them alone stands in the first."""
        each = zip(self.rows.tolist(), self.kept.tolist(), self.rejected, strict=True)
        files = [Decoded(rows=rows, kept=kept, rejected=dict(no)) for rows, kept, no in each]
        shared = {
            "outside_window": self.outside_window,
            "not_listed": self.not_listed,
            "repairs": dict(self.repairs),
            "copies": self.copies,
            "days": dict(self.days),
            "parts": tuple(self.parts),
            "rejects": tuple(self.rejects),
        }
        return (files[0].model_copy(update=shared), *files[1:])
