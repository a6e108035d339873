"""How a log is read: every number that decides which sightings there are."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class StageSettings(BaseModel):
    """Base of all settings: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WindowSettings(StageSettings):
    """Which days of a log are judged."""

    days: int = Field(default=42, ge=1, le=3660)
    """Six weeks: long enough for weekly rhythms and trips, short enough to notice a move."""


class QualitySettings(StageSettings):
    """When a log is too bad to judge anybody by (exit code 3).

    Each limit lies far beyond what honest logs show; what stays below it is said in a note.
    """

    max_reject_share: float = Field(default=0.2, ge=0, le=1)
    """Share of rows refused above which the run stops."""

    max_future_share: float = Field(default=0.05, ge=0, le=1)
    """More than this share after the last day means a wrong unit or clock, not a few bad rows."""

    max_unusable_rows: int = Field(default=100, ge=0)
    """Files of which no row can be used, and that hold more rows than this together, were exported
    wrongly; fewer may be a quiet hour with some bad rows. With `--skip-bad-files` they are told."""

    max_unusable_share: float = Field(default=0.01, ge=0, le=1)
    """And more than this share of the log: in one of thousands of small files all may be bad."""

    max_device_share: float = Field(default=0.5, gt=0, le=1)
    """More devices per event than this, over two weeks, are no devices but events or sessions."""

    max_common_device_share: float = Field(default=1, ge=0, le=1)
    """Share of accounts with device ids of too many accounts (`[households]
    max_accounts_per_device`) above which the run stops. At 1 it never does: no verdict rests on
    such ids, and an account that has any is not called one household."""

    max_common_address_share: float = Field(default=0.9, ge=0, le=1)
    """Share of use behind addresses that half of all accounts share, above which the run stops:
    they are a proxy's. Offices and carriers have many accounts too, but these also have homes."""

    max_blind_share: float = Field(default=0.5, ge=0, le=1)
    """Share of the window's days since addresses ended, above which the run stops: of the window
    less is left to judge by than was lost."""

    max_padded_share: float = Field(default=0.25, ge=0, le=1)
    """Share of accounts whose id is another one's but for blanks, above which the run stops: a
    column was written in two ways, and every second account is half of one. Ids that differ by
    case are only told, as short ones of many services do."""

    min_day_share: float = Field(default=0.01, ge=0, le=1)
    """The log's last day holds at least this share of the usual day; fewer rows are stray dates."""

    min_closing_share: float = Field(default=0.25, ge=0, le=1)
    """A last day with less than this share of the first day that it would push out of the window
    holds the stops of what was played past midnight: the log ends on the day before."""

    min_window_share: float = Field(default=0.1, ge=0, le=1)
    """And its window this share of the fullest: one default date in 2099 may hold many rows."""

    min_far_share: float = Field(default=0.5, ge=0, le=1)
    """After a year without rows, the fullest window that follows holds this share of the fullest of
    all: boxes whose clock was never set name days years ahead, and many of them the same."""


class EventSettings(StageSettings):
    """How rows of a log are read."""

    cell_degrees: float = Field(default=0.01, gt=0, le=1)
    """Side of the cells that stand for networks where a log has coordinates only, about 1 km."""

    max_ids_chars: int = Field(default=256, gt=0)
    """Longer account or device ids are refused as damaged."""

    max_play_hours: int = Field(default=6, gt=0, le=24)
    """Players ask "are you still watching?": a longer playback counts for this long."""

    local_network: Literal["refuse", "own_line"] = "refuse"
    """What a private address (192.168.0.0/16 and its like) says. A service on the internet logs
    it by mistake, so that such rows are refused; a server at home logs it for who plays at home:
    `own_line` takes it as a line of the account's own."""


Source = str | tuple[str, ...] | None
"""The name of a column in the log, the first that is there of several, or the contract's name."""


class ColumnSettings(StageSettings):
    """What the columns of the contract are called in the log; ``a.b`` reaches into a struct."""

    ts: Source = None
    account_id: Source = None
    device_id: Source = None
    ip: Source = None
    event_type: Source = None
    outcome: Source = None
    """Whether a sign-in came to anything (`failure`, `false`): one that did not is no use."""
    device_type: Source = None
    duration_s: Source = None
    country: Source = None
    city: Source = None
    latitude: Source = None
    longitude: Source = None
    asn: Source = None
    as_org: Source = None
    connection_type: Source = None
    profile_id: Source = None
    event_id: Source = None
    ended_at: Source = None
    """End of a playback whose start is ``ts``, for logs that hold no duration."""

    ts_unit: Literal["s", "ms", "us", "ns"] | None = None
    """Unit of times that are whole numbers since 1970; never guessed."""

    duration_unit: Literal["s", "ms", "us", "ns"] | None = None
    """Unit of durations that are numbers; seconds where neither this nor a preset says."""
