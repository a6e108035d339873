"""What the last run over a store judged, so that only accounts that changed are judged again.

Kept beside the store. It can be deleted at any time: then the next run judges everybody.
"""

import errno
import logging
import os
import shutil
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import dataframely as dy
import polars as pl

from detector.events.accounts import Known
from detector.runs.files import flush_folder
from detector.runs.manifest import RunPlan, hash_json
from detector.runs.run import Draft, Run
from detector.schemas import ACCOUNT
from detector.store.premises import Premises, sum_up_premises
from detector.store.table import BESIDE
from pipelines.local.hands import Hands
from pipelines.local.merge import KeptShare
from pipelines.local.survey import DealtNetworks
from pipelines.reading.shared.tables import read_bucket, write_table

log = logging.getLogger("household")

EARLIER = "earlier"
S = TypeVar("S", bound=dy.Schema)
T = TypeVar("T")
_OF_READING = ("window", "quality", "events", "columns")
"""Settings that decide which sightings there are, not what they mean."""
_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class Memory:
    """An earlier run's tables beside a run in the making."""

    draft: Draft
    dealt: DealtNetworks
    known: Known
    earlier: Run
    """In the draft itself, so that no later run can take it away; may hold no tables."""

    def changed(self, buckets: Sequence[Path], hands: Hands) -> list[Path]:
        """Deal the accounts that are to be judged into buckets; note the premises of all.

        Those of whom a bucket holds all are left there; others come together, neighbours with
        neighbours, into as many as are worth it for those who judge them, none much larger than
        the largest bucket.

        Args:
            buckets: Of all accounts.
            hands: Sum premises up, and deal, side by side.
        """
        noted = hands.map(partial(_sum_up, self.dealt, self.known), buckets)
        same = self._compare(noted)
        left = {
            path: _count_rows(path, same[number])
            for number, path in enumerate(buckets)
            if number in same and same[number].height < noted[number].height
        }
        whole = [path for number, path in enumerate(buckets) if number not in same]
        most = max(map(_count_rows, buckets), default=0)
        known = {buckets[number]: accounts for number, accounts in same.items()}
        groups = [{path: known[path] for path in some} for some in _share(left, most, hands.count)]
        return whole + hands.map(partial(_bring_together, self.dealt), groups)

    def _compare(self, noted: Sequence[pl.DataFrame]) -> dict[int, pl.DataFrame]:
        """Note the premises; the accounts of each bucket whose premises are as before, if any."""
        numbered = [premises.with_columns(bucket=n) for n, premises in enumerate(noted)]
        whole = pl.concat([Premises.create_empty().with_columns(bucket=0), *numbered])
        self.draft.write(Premises, Premises.cast(whole))
        same = whole.join(self._same.to_frame(), on=ACCOUNT, how="semi")
        log.info("%d of %d accounts are judged as before", same.height, whole.height)
        parts = same.select(ACCOUNT, "bucket").partition_by("bucket", as_dict=True)
        return {number: part for (number,), part in parts.items()}

    def unchanged(self, table: type[dy.Schema]) -> list[KeptShare]:
        """The rows that the earlier run has of accounts with the same premises, if any."""
        if self._same.is_empty():
            return []
        return [KeptShare.take(self.earlier, table, self._same)]

    @cached_property
    def _same(self) -> pl.Series:
        """The accounts whose premises were noted and are as before, sorted."""
        now = self.draft.scan(Premises)
        if not self.earlier.holds(Premises):
            return Premises.create_empty()[ACCOUNT]
        before = self.earlier.scan(Premises)
        same = now.join(before, on=Premises.column_names(), how="semi")
        return same.select(ACCOUNT).sort(ACCOUNT).collect().to_series()


def _count_rows(bucket: Path, but: pl.DataFrame | None = None) -> int:
    """How many rows a bucket holds, but for those of some accounts."""
    rows = pl.scan_parquet(bucket, glob=False).select(ACCOUNT)
    if but is not None:
        rows = rows.join(but.lazy(), on=ACCOUNT, how="anti")
    return rows.select(pl.len()).collect().item()


def _share(sizes: Mapping[T, int], most: int, count: int) -> list[list[T]]:
    """Share things out in their order: for so many at work alike, if they are half of the most.

    Examples:
        >>> _share({"a": 4, "b": 5, "c": 4, "d": 4}, most=10, count=2)
        [['a', 'b'], ['c', 'd']]
        >>> _share({"a": 1, "b": 2}, most=10, count=2)
        [['a', 'b']]
    """
    whole, before = sum(sizes.values()), 0
    shares = -(-whole // max(1, most))
    if 2 * whole >= most:
        shares = -(-shares // count) * count
    found: dict[int, list[T]] = {}
    for thing, size in sizes.items():
        found.setdefault((2 * before + size) * shares // (2 * whole), []).append(thing)
        before += size
    return list(found.values())


def _bring_together(dealt: DealtNetworks, known: Mapping[Path, pl.DataFrame]) -> Path:
    """Put the sightings of several buckets into one, but for those of some accounts of each."""
    theirs: list[pl.DataFrame] = []
    networks: list[pl.DataFrame] = []
    for path, accounts in known.items():
        theirs.append(read_bucket(path).join(accounts, ACCOUNT, "anti", maintain_order="left"))
        networks.append(dealt.of_bucket(path).join(theirs[-1], on="network", how="semi"))
    first = next(iter(known))
    found = first.with_name(f"changed-{first.name}")
    write_table(pl.concat(theirs), found)
    dealt.note(found, pl.concat(networks))
    return found


def _sum_up(dealt: DealtNetworks, known: Known, bucket: Path) -> pl.DataFrame:
    return sum_up_premises(read_bucket(bucket), dealt.around(dealt.of_bucket(bucket)), known)


def recall(store: Path, plan: RunPlan, draft: Draft, dealt: DealtNetworks, known: Known) -> Memory:
    """Take over what the last run over the store judged by the same rules, if there is any.

    A run that is killed goes on with what it took over when it began.
    """
    earlier = draft.part(EARLIER)
    if not earlier.is_sealed:
        shutil.rmtree(earlier.folder, ignore_errors=True)
        earlier.folder.mkdir(parents=True)
        last = _last(store, plan)
        if last is not None:
            _link(last.folder, earlier.folder)
        earlier.seal()
    return Memory(draft, dealt, known, earlier)


def remember(
    store: Path, plan: RunPlan, draft: Draft, tables: Mapping[str, type[dy.Schema]]
) -> None:
    """Keep the tables of a run for the next one, in place of those of the run before.

    They are copies: what anybody does to the tables of a finished run is no later run's matter.
    A store that nobody may write to goes without: what is remembered only saves time.
    """
    try:
        _keep(store, plan, draft, tables)
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise


def _keep(store: Path, plan: RunPlan, draft: Draft, tables: Mapping[str, type[dy.Schema]]) -> None:
    shelf = _shelf(store, plan)
    kept = Run(shelf / plan.fingerprint[:16])
    if kept.is_sealed:
        return
    fresh = Run(shelf / uuid.uuid4().hex)
    fresh.folder.mkdir(parents=True)
    with _unless_another_tidies_up():
        for table in (*tables.values(), Premises):
            shutil.copyfile(draft.path(table), fresh.path(table))
            flush_folder(fresh.path(table))
        fresh.seal()
        fresh.folder.rename(kept.folder)
    for old in [*shelf.glob("*"), *shelf.parent.glob("*")]:
        if old not in (kept.folder, shelf):
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _unless_another_tidies_up() -> Generator[None]:
    """Another run over the store may take our folder away, or be first: then its tables serve."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY):
            raise


def _last(store: Path, plan: RunPlan) -> Run | None:
    runs = [Run(folder) for folder in sorted(_shelf(store, plan).glob("*"))]
    return next((run for run in runs if run.is_sealed), None)


def _shelf(store: Path, plan: RunPlan) -> Path:
    """A folder for what is judged by one version, one model and the same settings."""
    settings = {name: each for name, each in plan.settings.items() if name not in _OF_READING}
    rules = hash_json([plan.version, pl.__version__, settings, plan.options.get("model")])
    return store / BESIDE / "judged" / rules[:16]


def _link(source: Path, target: Path) -> None:
    """Link the tables of a folder; if it vanishes meanwhile, its premises are linked last."""
    with suppress(FileNotFoundError):
        for path in sorted(source.glob("*.parquet"), key=lambda path: path.stem == "premises"):
            _link_file(path, target / path.name)


def _link_file(source: Path, target: Path) -> None:
    """One file under two names, both of our own, or a copy where the disk is another one."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)
