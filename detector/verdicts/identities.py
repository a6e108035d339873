"""Households keep their names from run to run, so that what is done to one can be undone."""

import hashlib

import dataframely as dy
import polars as pl

from detector.events.accounts import Residents
from detector.schemas import ACCOUNT, DEVICE, Devices, Households

H, D = Households, Devices
_KEY = [ACCOUNT, H.household.name]
_DAYS = "shared_days"


def name_households(
    households: pl.DataFrame, devices: pl.DataFrame, before: dy.DataFrame[Residents]
) -> pl.DataFrame:
    """Give each household the name of the one in the run before with which it shares most life.

    Life is counted in device-days: the days of the devices that lived there before. A name goes
    to one household only; who is left without one gets a new one, made from its devices, which
    the account did not have before.

    Args:
        households: account_id, household.
        devices: account_id, device_id, household (null: of none), active_days.
        before: Of these accounts; may tell of others.

    Returns:
        account_id, household, household_id, sorted.

    Examples:
        Bob's borrower has bought a tablet since:

        >>> bob = {"account_id": "bob", "device_id": ["tv", "tablet"], "household": [1, 1],
        ...     "active_days": [30, 5]}
        >>> before = Residents.validate(pl.DataFrame({"account_id": ["bob"], "device_id": ["tv"],
        ...     "household_id": ["h1"]}), cast=True)
        >>> one = pl.DataFrame({"account_id": ["bob"], "household": [1]})
        >>> name_households(one, pl.DataFrame(bob), before)["household_id"].to_list()
        ['h1']
    """
    living = devices.filter(D.household.col.is_not_null())
    carried = _match(living, before.join(households, on=ACCOUNT, how="semi"))
    known = households.select(_KEY).join(carried, on=_KEY, how="left")
    new = known.filter(H.household_id.col.is_null()).drop(H.household_id.name)
    crews = _join_texts(living.select(*_KEY, crew=DEVICE))
    taken = _join_texts(before.select(ACCOUNT, taken=H.household_id.name).unique())
    rows = new.join(crews, on=_KEY, how="left").join(taken, on=ACCOUNT, how="left")
    names = [_hash(text) for text in rows.select(_text()).to_series()]
    made = rows.select(_KEY).with_columns(pl.Series(H.household_id.name, names, pl.String))
    return pl.concat([known.filter(H.household_id.col.is_not_null()), made]).sort(_KEY)


def _match(living: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a household and a name, the most shared life first, each of both once."""
    name = H.household_id.name
    pairs = (
        living.join(before, on=[ACCOUNT, DEVICE])
        .group_by(*_KEY, name)
        .agg(D.active_days.col.sum().alias(_DAYS))
        .sort(ACCOUNT, -pl.col(_DAYS).cast(pl.Int64), H.household.name, name)
    )
    chosen = pairs.clear()
    while pairs.height:
        best = pairs.filter(
            pl.struct(_KEY).is_first_distinct() & pl.struct(ACCOUNT, name).is_first_distinct()
        )
        chosen = pl.concat([chosen, best])
        pairs = pairs.join(best, on=_KEY, how="anti", maintain_order="left").join(
            best, on=[ACCOUNT, name], how="anti", maintain_order="left"
        )
    return chosen.select(*_KEY, name)


def _join_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """The texts in the last column, of one key all in one, in their order."""
    *key, text = rows.columns
    listed = rows.sort(pl.all()).with_columns(_lengthy(pl.col(text))).group_by(key).agg(text)
    return listed.with_columns(pl.col(text).list.join(""))


def _text() -> pl.Expr:
    """What a new name is made from: no two lists of parts come to the same text.

    The devices; in an account that had households before, a name that none of them bore. A group
    whose devices count to another household is named by its number.
    """
    number = _lengthy(pl.format("group {}", H.household.col))
    crew, taken = pl.col("crew").fill_null(number), pl.col("taken").fill_null("")
    return pl.concat_str(_lengthy(pl.col(ACCOUNT)), crew, pl.lit("0:"), taken)


def _lengthy(text: pl.Expr) -> pl.Expr:
    return pl.format("{}:{}", text.str.len_chars(), text)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
