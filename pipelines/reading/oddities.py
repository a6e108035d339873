"""What is odd about a log that was judged: each said once in words, and too much of it refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from detector.errors import InputError
from detector.events.rows import LogRows, Rejects
from detector.events.words import FAILED
from detector.log_settings import QualitySettings
from detector.plain_text import plain_text
from detector.runs.run import Run
from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices, Networks, Sightings
from detector.settings import Settings
from pipelines.given import read_ids
from pipelines.reading.options import FileRecord, LogReading, ReadOptions

N, S = Networks, Sightings
MANY = 20
"""Accounts from which shares of them say something."""
COMMON_SHARE = 0.5
"""Of all accounts: what so many were seen behind is nobody's own line."""
CLEAR_STEP = 0.3
"""More of the use without an address than before, by so much of all: logging has changed."""
SHOWN, IDS_AT_ONCE = 10, 4_000_000
NO_LOCATION = "no_location"
"""Why a row is refused that has neither address nor anything else that says where it was."""

_IS_ADDRESS = ~N.network.col.str.contains("^(cell|country):")
_IS_WRONG = Rejects.reason.col != FAILED


@dataclass(frozen=True)
class Oddity:
    """Something odd about a log."""

    words: str
    """A sentence for an engineer, without ids and addresses."""
    refusal: str = ""
    """What to mend, if it is too much to judge anybody by."""


def describe_oddities(
    run: Run, reading: LogReading, settings: Settings, options: ReadOptions
) -> list[str]:
    """Say what is odd about a log, once its tables are finished; nothing is read again.

    Args:
        run: Holds at least accounts, devices, networks and rejects.
        reading: What the tables were made from.
        settings: Of these quality, and how many accounts a device may be on.
        options: Whether files of which no row can be used may be there; whom the caller lists.

    Raises:
        InputError: There is too much of something; the log is not fit to judge anybody by.
    """
    files = describe_files(reading.files, settings.quality, skip=options.skip_bad_files)
    found = [
        *_future_rows(reading),
        *_lost_accounts(run),
        *_unseen_accounts(run, options),
        *_common_devices(run, settings),
        *_copied_devices(run),
        *_common_addresses(run, reading, settings),
        *_lost_addresses(run, reading, settings),
        *_alike_accounts(run, settings),
        *_alike_devices(run),
    ]
    return [*files, *_words(found)]


def describe_files(
    files: Sequence[FileRecord], quality: QualitySettings, *, skip: bool
) -> list[str]:
    """Name the files of which every row was refused, for what is wrong with it.

    A failed sign-in is no fault of a row.

    Raises:
        InputError: They hold more than a few rows of the log, and none may be there.

    Examples:
        >>> may = FileRecord("may.parquet", 1, "", 7, 0, {"null_account": 7}, None)
        >>> describe_files([may], QualitySettings(), skip=False)
        ["Not one row can be used of 'may.parquet' (7 rows, null_account)."]
    """
    return _words([*_unusable_files(files, quality, skip=skip)])


def _words(found: Sequence[Oddity]) -> list[str]:
    for oddity in found:
        if oddity.refusal:
            raise InputError(oddity.words, hint=oddity.refusal)
    return [oddity.words for oddity in found]


def _unusable_files(
    files: Sequence[FileRecord], quality: QualitySettings, *, skip: bool
) -> Iterator[Oddity]:
    bad = sorted(
        (file.path, max(file.rejected, key=lambda reason: file.rejected[reason]), file.rows)
        for file in files
        if file.rows and sum(file.rejected.values()) - file.rejected.get(FAILED, 0) == file.rows
    )
    if not bad:
        return
    listed = "; ".join(f"{path!r} ({rows:,} rows, {why})" for path, why, rows in bad[:SHOWN])
    more = f"; and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    share = quality.max_unusable_share * sum(file.rows for file in files)
    lost = sum(rows for *_, rows in bad)
    stop = not skip and lost > max(quality.max_unusable_rows, share)
    hint = (
        "have it exported again, or run again with --skip-bad-files to go on without it; "
        "`household inspect-log` shows its columns"
    )
    yield Oddity(f"Not one row can be used of {listed}{more}.", hint if stop else "")


def _future_rows(reading: LogReading) -> Iterator[Oddity]:
    if late := reading.counts.rejected.get("future_date", 0):
        yield Oddity(
            f"{late:,} rows are dated after the log's last day, by clocks that were never set or "
            "in a wrong unit: they are left out."
        )


def _lost_accounts(run: Run) -> Iterator[Oddity]:
    """Accounts that were seen in refused rows only."""
    name = pl.lit(f"$.{ACCOUNT}")
    ids = Rejects.values.col.str.json_path_match(name).alias(ACCOUNT)
    refused = run.scan(Rejects).filter(_IS_WRONG).select(ids).drop_nulls().unique()
    lost = refused.join(run.scan(Accounts).select(ACCOUNT), on=ACCOUNT, how="anti")
    if count := lost.select(pl.len()).collect(engine="streaming").item():
        yield Oddity(
            f"{count:,} accounts appear in refused rows only and have no verdict: "
            "rejects.parquet says why."
        )


def _unseen_accounts(run: Run, options: ReadOptions) -> Iterator[Oddity]:
    """The ids that the caller lists, and the log does not hold; they are his own to read."""
    if options.only is None:
        return
    listed = pl.DataFrame({ACCOUNT: read_ids(options.only)}, {ACCOUNT: pl.String})
    judged = run.scan(Accounts).select(ACCOUNT).collect()
    unseen = listed.join(judged, on=ACCOUNT, how="anti", maintain_order="left")[ACCOUNT]
    if len(unseen):
        named = ", ".join(repr(plain_text(name)) for name in unseen.head(SHOWN))
        more = ", ..." if len(unseen) > SHOWN else ""
        yield Oddity(
            f"{len(unseen):,} of {listed.height:,} accounts of --only have no usable row in the "
            f"window: {named}{more}."
        )


def _copied_devices(run: Run) -> Iterator[Oddity]:
    copied = run.scan(Accounts).filter(Accounts.pattern.col == "one_id_at_two_places")
    if count := copied.select(pl.len()).collect().item():
        yield Oddity(
            f"In {count:,} accounts a device that does not move was at two places at once: two "
            "devices bear one id, as after a copy of an app's data, and none of these accounts is "
            "called one household."
        )


def _common_devices(run: Run, settings: Settings) -> Iterator[Oddity]:
    most = settings.households.max_accounts_per_device
    ids = run.scan(Devices).filter(Devices.accounts.col > most)
    devices, accounts = ids.select(pl.col(DEVICE, ACCOUNT).n_unique()).collect().row(0)
    if not devices:
        return
    limit = settings.quality.max_common_device_share
    yield Oddity(
        f"{devices:,} device ids are each on more than {most} accounts: default values, models or "
        f"boxes that are sold on, no devices of anybody's. They are left out of {accounts:,} "
        "accounts; one of which they hold more than a trace is not called one household.",
        "map the column that names single devices, or raise [quality] max_common_device_share"
        if accounts > limit * run.rows(Accounts)
        else "",
    )


def _common_addresses(run: Run, reading: LogReading, settings: Settings) -> Iterator[Oddity]:
    """Addresses of a proxy or a load balancer, written where the client's should stand."""
    accounts = run.rows(Accounts)
    common = run.scan(N).filter(_IS_ADDRESS, N.accounts.col > COMMON_SHARE * accounts)
    names = common.select(N.network.col).collect()
    if accounts < MANY or names.is_empty():
        return
    is_common = S.network.col.is_in(names[N.network.name].implode())
    share: float = pl.scan_parquet(list(reading.buckets)).select(is_common.mean()).collect().item()
    much = share > settings.quality.max_common_address_share
    what = "one address is" if names.height == 1 else f"{names.height:,} addresses are each"
    yield Oddity(
        f"{what.capitalize()} behind more than half of all accounts, with {share:.0%} of the use: "
        "an address that everybody has, as a proxy's, says nothing of where anybody is.",
        "log the client's own address (X-Forwarded-For, or the PROXY protocol) and map it as ip; "
        "to judge all the same, raise [quality] max_common_address_share"
        if much
        else "",
    )


def _lost_addresses(run: Run, reading: LogReading, settings: Settings) -> Iterator[Oddity]:
    """The day from which on much more is seen without an address than before."""
    days = [*_count_blind(run, reading)]
    steps = [(_blind(days[n:]) - _blind(days[:n]), n) for n in range(1, len(days))]
    step, first = max(steps, default=(0, 0))
    if step < CLEAR_STEP:
        return
    length = (reading.last_day - reading.first_day).days + 1
    lost = (reading.last_day - days[first][0]).days + 1
    yield Oddity(
        f"From {days[first][0]} on {_blind(days[first:]):.0%} of the log carries no address, "
        f"against {_blind(days[:first]):.0%} before: where it turned null, accounts are judged on "
        "the rest.",
        "find out why the log's addresses end; judge the days before that with --as-of, or raise "
        "[quality] max_blind_share"
        if lost > settings.quality.max_blind_share * length
        else "",
    )


def _count_blind(run: Run, reading: LogReading) -> Iterator[tuple[date, int, int]]:
    """Each day of the window, what was seen on it, and how much of that without an address."""
    seen = pl.scan_parquet(list(reading.buckets)).select(S.day.col, blind=~_IS_ADDRESS)
    where = (pl.lit(f"$.{name}") for name in (LogRows.ts.name, ACCOUNT, DEVICE))
    nowhere = (
        run.scan(Rejects)
        .filter(Rejects.reason.col == NO_LOCATION)
        .select(pl.concat_list(Rejects.values.col.str.json_path_match(each) for each in where))
        .unique()
        .select(
            pl.first().list.first().str.slice(0, 10).str.to_date(strict=False).alias(S.day.name),
            blind=True,
        )
        .filter(S.day.col.is_between(reading.first_day, reading.last_day))
    )
    days = pl.concat([seen, nowhere]).group_by(S.day.name).agg(pl.len(), pl.col("blind").sum())
    yield from days.sort(S.day.name).collect(engine="streaming").iter_rows()


def _blind(days: Sequence[tuple[date, int, int]]) -> float:
    return sum(blind for *_, blind in days) / sum(seen for _, seen, _ in days)


def _alike_accounts(run: Run, settings: Settings) -> Iterator[Oddity]:
    ids = run.scan(Accounts).select(ACCOUNT)
    padded, cased = _count_alike(ids, [])
    if not padded + cased:
        return
    limit = settings.quality.max_padded_share * run.rows(Accounts)
    yield Oddity(
        _tell_alike("account_id", padded, cased),
        "write the ids without blanks in every file, or raise [quality] max_padded_share"
        if padded > limit
        else "",
    )


def _alike_devices(run: Run) -> Iterator[Oddity]:
    """Of one account: devices of others may be called the same."""
    padded, cased = _count_alike(run.scan(Devices).select(ACCOUNT, DEVICE), [ACCOUNT])
    if padded + cased:
        yield Oddity(_tell_alike("device_id", padded, cased))


def _count_alike(ids: pl.LazyFrame, within: list[str]) -> tuple[int, int]:
    """Ids that are another one's but for blanks around, and those that are but for case."""
    bare = pl.last().str.strip_chars()
    # Of nearly all ids the number alone is looked at.
    number = pl.sum_horizontal(bare.str.to_lowercase().hash(), *(pl.col(n).hash(1) for n in within))
    numbered = ids.with_columns(number=number)
    parts = 1 + ids.select(pl.len()).collect().item() // IDS_AT_ONCE
    some = (numbered.filter(pl.col("number") % parts == part) for part in range(parts))
    names = pl.col(ids.collect_schema().names()[-1]).str.strip_chars()
    told = pl.concat(
        each.join(twice.select("number"), on="number", how="semi")
        .select(*within, bare=names, plain=names.str.to_lowercase())
        .collect(engine="streaming")
        for each in some
        for twice in [each.group_by("number").len().filter(pl.col("len") > 1)]
    )
    padded = pl.len().over(*within, "bare") > 1
    cased = pl.col("bare").n_unique().over(*within, "plain") > 1
    blanks, case = told.select(padded=padded.sum(), cased=cased.sum()).row(0)
    return blanks, case


def _tell_alike(column: str, padded: int, cased: int) -> str:
    ways = {"blanks": padded, "upper and lower case": cased}
    told = ", ".join(f"{count:,} by nothing but {way}" for way, count in ways.items() if count)
    return (
        f"Values of {column} differ from another one, {told}: they count as different ids, as in "
        "some services they are."
    )
