"""Home beside the households held against it: what tells whose account it is.

The witnesses are asked of the likeliest external household; most of the records, of all of them.
"""

import dataframely as dy
import polars as pl

from detector.events.accounts import AccountRecords
from detector.evidence.factors.factor import Factor, Sign, counted
from detector.evidence.observations import Observations
from detector.evidence.scorecard import PER_MICRO
from detector.kinds import Theme
from detector.schemas import ACCOUNT
from detector.verdicts.scores import GroupScores

G, R, S = Observations, AccountRecords, GroupScores


class Sides(Observations):
    """Home and its likeliest external household, of an account that has one.

    Built by `face_sides`.
    """

    external_households = dy.UInt32(min=1)
    other_countries = dy.List(
        dy.String(nullable=True), description="Of each external household's main place."
    )
    others_first = dy.Date(description="First day on which any external household was seen.")
    country_of_record = dy.String(nullable=True)
    signed_up = dy.Date(nullable=True)


def face_sides(
    observations: dy.DataFrame[Observations],
    scores: dy.DataFrame[GroupScores],
    records: dy.DataFrame[AccountRecords],
) -> dy.DataFrame[Sides]:
    """Put home beside the external households of each account that has any.

    Groups are numbered by how likely each of them is home, so that the least number is the
    household that may best be taken for it.

    Examples:
        >>> key = {"account_id": "bob", "group": [1, 2]}
        >>> seen = Observations.sample(overrides=key | {"devices": [4, 1]})
        >>> scores = GroupScores.sample(overrides=key | {"external": [False, True]})
        >>> sides = face_sides(seen, scores, AccountRecords.create_empty())
        >>> sides.select("group", "devices", "external_households").rows()
        [(2, 1, 1)]
    """
    external = scores.filter(S.external.col).select(S.primary_key())
    return (
        observations.join(external, on=S.primary_key(), how="semi")
        .sort(S.primary_key())
        .group_by(ACCOUNT, maintain_order=True)
        .agg(
            pl.all().first(),
            external_households=pl.len(),
            other_countries=G.country.col,
            others_first=G.first.col.min(),
        )
        .join(
            records.select(ACCOUNT, R.country_of_record.name, R.signed_up.name),
            on=ACCOUNT,
            how="left",
            maintain_order="left",
        )
        .pipe(Sides.cast)
    )


def _doublings(home: pl.Expr, other: pl.Expr) -> pl.Expr:
    """How many times twice as much home has; one on each side forgives thin data."""
    return ((home.cast(pl.Float64) + 1) / (other.cast(pl.Float64) + 1)).log(2).round(4)


def _more(home: pl.Expr, other: pl.Expr) -> pl.Expr:
    return home.cast(pl.Int64) - other.cast(pl.Int64)


def _told(home: pl.Expr, other: pl.Expr, noun: str) -> pl.Expr:
    return pl.format("{} at home, {} at the other", counted(home, noun), counted(other, noun))


MORE_DAYS = Factor(
    name="more_days",
    theme=Theme.PRESENCE,
    asks="on how many more days home was used than the largest other household",
    innocent="borrowers who watch more than the owner",
    value=_doublings(G.h_days.col, G.own_days.col),
    text=_told(G.h_days.col, G.own_days.col, "day"),
    sign=Sign.FOR,
)

MORE_USE = Factor(
    name="more_use",
    theme=Theme.PRESENCE,
    asks="how much more was watched at home",
    innocent="the owner pays, and the children watch",
    value=_doublings(G.h_use.col, G.own_use.col),
    text=_told(G.h_use.col, G.own_use.col, "half-hour"),
    sign=Sign.FOR,
)

MORE_DEVICES = Factor(
    name="more_devices",
    theme=Theme.PRESENCE,
    asks="how many more devices live at home",
    innocent="an owner who lives alone lends to a family",
    value=_doublings(G.h_devices.col, G.devices.col),
    text=_told(G.h_devices.col, G.devices.col, "device"),
    sign=Sign.FOR,
)

MORE_PROFILES = Factor(
    name="more_profiles",
    theme=Theme.PEOPLE,
    asks="how many more profiles are used at home",
    innocent="an owner who lives alone lends to a family",
    value=_more(G.h_profiles.col, G.profiles.col),
    text=_told(G.h_profiles.col, G.profiles.col, "profile"),
    sign=Sign.FOR,
)

CAME_FIRST = Factor(
    name="came_first",
    theme=Theme.CALENDAR,
    asks="how many days before the other household home was first seen",
    innocent="the log begins long after the account does",
    value=(G.first.col - G.h_first.col).dt.total_days(),
    text=pl.format(
        "home was first seen on {}, the other on {}",
        G.h_first.col.cast(pl.String),
        G.first.col.cast(pl.String),
    ),
    sign=Sign.FOR,
)

STAYED_LAST = Factor(
    name="stayed_last",
    theme=Theme.CALENDAR,
    asks="how many days longer home has been in use",
    innocent="owners are on holiday at the end",
    value=G.silent_days.col - G.h_silent_days.col,
    text=_told(G.h_silent_days.col, G.silent_days.col, "silent day"),
    sign=Sign.FOR,
)

IS_VISITED = Factor(
    name="is_visited",
    theme=Theme.BESIDE_HOME,
    asks="whether the other household comes to home more than home goes there",
    innocent="owners who visit the parents whom they lend to",
    value=_doublings(G.home_days.col, G.company_days.col),
    text=pl.format(
        "the other was at home on {}, a device of home there on {}",
        counted(G.home_days.col, "day"),
        counted(G.company_days.col, "day"),
    ),
    sign=Sign.FOR,
)

HOUSEHOLDS = Factor(
    name="households",
    theme=Theme.ACCOUNT,
    asks="how many other households there are, any of which may be the owner's",
    innocent="a generous owner has many guests",
    value=Sides.external_households.col,
    text=counted(Sides.external_households.col, "other household"),
    sign=Sign.AGAINST,
)

SEEN = (
    MORE_DAYS,
    MORE_USE,
    MORE_DEVICES,
    MORE_PROFILES,
    CAME_FIRST,
    STAYED_LAST,
    IS_VISITED,
    HOUSEHOLDS,
)
"""What is seen of both sides; more of each may only speak one way."""


def home_is_in_country() -> pl.Expr:
    """1 if home alone is in the account's country, -1 if only others are; null if neither is told.

    Examples:
        >>> sides = pl.DataFrame({
        ...     "country_of_record": ["ES", "ES", "ES", None],
        ...     "h_country": ["ES", "FR", "ES", "ES"],
        ...     "other_countries": [["FR"], ["FR", "ES"], ["ES"], ["FR"]]})
        >>> sides.select(home_is_in_country()).to_series().to_list()
        [1, -1, None, None]
    """
    record, others = R.country_of_record.col, Sides.other_countries.col
    here = G.h_country.col == record
    there = others.list.contains(record)
    nobody_hidden = ~others.list.contains(pl.lit(None, dtype=pl.String))
    return (
        pl.when(record.is_null() | G.h_country.col.is_null())
        .then(None)
        .when(here & ~there & nobody_hidden)
        .then(1)
        .when(~here & there)
        .then(-1)
    )


def home_signed_up() -> pl.Expr:
    """1 if home alone was there when the account was new, -1 if only others; else null.

    The day after counts too: people sign up late at night, and days are UTC days.

    Examples:
        >>> from datetime import date
        >>> new, later = date(2026, 5, 4), date(2026, 5, 20)
        >>> sides = pl.DataFrame({"signed_up": [new, new, new, date(2020, 1, 1)],
        ...     "h_first": [new, later, new, new], "others_first": [later, new, new, later]})
        >>> sides.select(home_signed_up()).to_series().to_list()
        [1, -1, None, None]
    """
    new = R.signed_up.col + pl.duration(days=1)
    eve = R.signed_up.col - pl.duration(days=1)
    home, others = G.h_first.col, Sides.others_first.col
    return (
        pl.when(home.is_between(eve, new) & (others > new))
        .then(1)
        .when(others.is_between(eve, new) & (home > new))
        .then(-1)
    )


def _times(micro_bits: pl.Expr) -> pl.Expr:
    return pl.lit(2.0).pow(micro_bits * PER_MICRO).round(1)


PARTNER_LINE = Factor(
    name="partner_line",
    theme=Theme.PLACE,
    asks="how much more the lines of home are those of the partner's customers than the other's",
    innocent="an operator's customer who lives behind another's line; one who lends to neighbours",
    value=(G.h_partner_micro_bits.col - G.partner_micro_bits.col) * PER_MICRO,
    text=pl.format(
        "customers of the account's partner are behind the lines of home {} times as often as "
        "others, behind those of the other {} times",
        _times(G.h_partner_micro_bits.col),
        _times(G.partner_micro_bits.col),
    ),
    sign=Sign.FOR,
)

IN_COUNTRY = Factor(
    name="in_country",
    theme=Theme.PLACE,
    asks="whether home alone is in the account's country",
    innocent="an owner who lives abroad, and lends to those at home",
    value=home_is_in_country(),
    text=pl.format("the account is of {}, home in {}", R.country_of_record.col, G.h_country.col),
    sign=Sign.FOR,
)

SIGNED_UP = Factor(
    name="signed_up",
    theme=Theme.CALENDAR,
    asks="whether home alone was there when the account was new",
    innocent="an owner who signed up at a friend's",
    value=home_signed_up(),
    text=pl.format(
        "the account was new on {}, home was first seen on {}, any other on {}",
        R.signed_up.col.cast(pl.String),
        G.h_first.col.cast(pl.String),
        Sides.others_first.col.cast(pl.String),
    ),
    sign=Sign.FOR,
)

RECORDS = (PARTNER_LINE, IN_COUNTRY, SIGNED_UP)
"""What the service has on record of the account, held against both sides."""

WITNESSES = (*SEEN, *RECORDS)


def is_on_record() -> pl.Expr:
    """Whether any record tells that home is home, of the values of `RECORDS`.

    A line tells if it is twice as much a customer's as the other.

    Examples:
        >>> values = pl.DataFrame({
        ...     "partner_line": [0.2, 3.1, None], "in_country": [None, None, 1.0],
        ...     "signed_up": [None, -1.0, None]})
        >>> values.select(is_on_record()).to_series().to_list()
        [False, True, True]
    """
    values = (pl.col(record.name) for record in RECORDS)
    return (pl.max_horizontal(values) >= 1).fill_null(value=False)
