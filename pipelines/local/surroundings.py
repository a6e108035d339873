"""What all accounts say of networks and devices, as far as it concerns a bucket of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dataframely as dy
import polars as pl

from detector.networks.survey import Surroundings
from detector.schemas import Networks
from detector.store.premises import narrow
from pipelines.local.merge import Written, merge, read_rows, write_rows
from pipelines.local.portions import Portions


@dataclass(frozen=True)
class DealtNetworks:
    """The networks of a log in files, dealt to its buckets; made by `pipelines.local.survey`."""

    buckets: Sequence[Path]
    decided: Sequence[Path]
    """Files of `Networks`, each sorted."""

    dealt: Sequence[Portions]
    """Files of `Networks` again, with a portion for each bucket."""

    device_accounts: pl.DataFrame
    scatter: pl.DataFrame
    """See `Surroundings`."""

    def networks(self) -> Iterator[dy.DataFrame[Networks]]:
        """All networks, sorted, some at a time."""
        return merge(Networks, [Written(path) for path in self.decided])

    def of_bucket(self, bucket: Path) -> dy.DataFrame[Networks]:
        """The networks on which accounts of a bucket were seen."""
        noted = _beside(bucket)
        if noted.exists():
            return Networks.cast(read_rows(noted))
        number = self.buckets.index(bucket)
        return Networks.cast(pl.concat([part.read(number) for part in self.dealt]))

    def note(self, bucket: Path, networks: pl.DataFrame) -> None:
        """Keep the networks of a bucket that was dealt from others."""
        write_rows(networks.unique(Networks.network.name), _beside(bucket))

    def around(self, networks: dy.DataFrame[Networks]) -> Surroundings:
        """What judging needs to know of accounts that were seen on no other networks."""
        return narrow(Surroundings(networks, self.device_accounts, self.scatter))


def _beside(bucket: Path) -> Path:
    return bucket.with_suffix(".networks")
