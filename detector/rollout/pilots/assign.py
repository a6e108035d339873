"""Who is left in peace: drawn by lot within strata, so that anybody with the key can repeat it."""

import hashlib
import hmac
from math import floor

import dataframely as dy
import polars as pl

from detector.cases.drawing import WHOLE, lot
from detector.errors import InputError, SettingsError
from detector.rollout.pilots.members import ACCOUNT, Members
from detector.rollout.pilots.plan import PilotPlan

TREATED, HOLD_OUT = "treated", "hold-out"
MIN_KEY_BYTES = 16
"""Below, a key could be guessed, and with it who is left in peace."""


class Assigned(Members):
    """The arm of each account of a pilot; what `household decide --hold-outs` takes."""

    arm = dy.Enum([TREATED, HOLD_OUT])


def assign(
    members: dy.DataFrame[Members],
    plan: PilotPlan,
    key: bytes,
    previous: pl.DataFrame | None = None,
) -> dy.DataFrame[Assigned]:
    """Hold out a share of each stratum by lot.

    The lot is a hash of pilot and unit under a key: nobody without the key can foresee it, nobody
    with it can bend it, and the order of the accounts is nothing to it. Within a stratum the first
    of the lots are held out, exactly the share; what a share of few units leaves over, passes on
    to the next stratum, the strata being in the order of lots of their own. So each unit is held
    out with the same chance.

    Args:
        members: From `list_members`.
        plan: The share; the pilot's name is part of each lot.
        key: At least 16 bytes.
        previous: account_id, arm of an earlier draw of this pilot: these keep their arm, and who
            is drawn with one of them takes it. Lots are drawn for the others.

    Returns:
        A row for each member, sorted.

    Raises:
        SettingsError: The key is too short.
        InputError: What was drawn earlier has other arms, or an arm would have fewer than two.

    Examples:
        >>> members = Members.validate(pl.DataFrame({"account_id": ["ada", "bob", "cy", "dot"],
        ...     "unit": ["ada", "bob", "cy", "dot"], "stratum": "all"}))
        >>> from detector.rollout.pilots.plan import PACKAGED, read_plan
        >>> plan = read_plan(PACKAGED.read_text(encoding="utf-8"), source="default.toml")
        >>> halves = plan.model_copy(update={"hold_out": 0.5})
        >>> assign(members, halves, b"0123456789abcdef")["arm"].to_list()
        ['hold-out', 'treated', 'hold-out', 'treated']
    """
    check_key(key)
    kept = _kept(members, previous)
    units = members.select("unit", "stratum").unique().join(kept, on="unit", how="anti")
    drawn = units.select("unit", arm=_draw(units, plan, key))
    found = members.join(pl.concat([kept, drawn]), on="unit")
    if previous is not None:
        own = previous.select(ACCOUNT, own=pl.col("arm").cast(pl.String))
        found = found.join(own, on=ACCOUNT, how="left")
        found = found.with_columns(arm=pl.coalesce("own", "arm")).drop("own")
    _check_arms(found, plan)
    return Assigned.validate(found.select(Assigned.column_names()).sort(ACCOUNT), cast=True)


def check_key(key: bytes) -> None:
    """Refuse a key that could be guessed.

    Raises:
        SettingsError: It is too short.
    """
    if len(key) < MIN_KEY_BYTES:
        raise SettingsError(
            f"The key has {len(key)} bytes.", hint=f"it needs {MIN_KEY_BYTES}: openssl rand -hex 32"
        )


def fingerprint_key(key: bytes) -> str:
    """Tell keys apart without telling a key.

    Examples:
        >>> len(fingerprint_key(b"0123456789abcdef"))
        16
    """
    return hmac.new(key, b"which key", hashlib.sha256).hexdigest()[:16]


def _draw(units: pl.DataFrame, plan: PilotPlan, key: bytes) -> pl.Series:
    """The arm of each unit, in the order given."""
    lots = [lot(key, plan.name, unit) for unit in units["unit"]]
    strata = units["stratum"].unique()
    places = {name: lot(key, plan.name, "stratum", name) for name in strata}
    start = lot(key, plan.name, "start") / WHOLE
    order = units.with_columns(
        lot=pl.Series(lots, dtype=pl.UInt64),
        place=pl.Series([places[name] for name in units["stratum"]], dtype=pl.UInt64),
        row=pl.int_range(pl.len()),
    ).sort("place", "stratum", "lot", "unit")
    counts = order.group_by("stratum", maintain_order=True).len()
    held, before = dict[str, int](), 0
    for name, size in counts.iter_rows():
        held[name] = floor(plan.hold_out * (before + size) + start)
        held[name] -= floor(plan.hold_out * before + start)
        before += size
    rank = pl.int_range(pl.len()).over("stratum")
    is_held = rank < pl.col("stratum").replace_strict(held, return_dtype=pl.Int64)
    arms = pl.when(is_held).then(pl.lit(HOLD_OUT)).otherwise(pl.lit(TREATED))
    if order.is_empty():
        return pl.Series("arm", [], pl.String)
    return order.with_columns(arm=arms).sort("row")["arm"]


def _kept(members: pl.DataFrame, previous: pl.DataFrame | None) -> pl.DataFrame:
    """Units with an account that has an arm already; of two arms, that of the first account."""
    if previous is None:
        return pl.DataFrame(schema={"unit": pl.String, "arm": pl.String})
    if wrong := sorted(set(previous["arm"].unique()) - {TREATED, HOLD_OUT}):
        raise InputError(
            f"The earlier draw has the arm {wrong[0]!r}.",
            hint="give the hold_outs.csv that household pilot assign wrote",
        )
    arms = previous.select(ACCOUNT, pl.col("arm").cast(pl.String))
    known = members.join(arms, on=ACCOUNT).sort(ACCOUNT)
    return known.unique("unit", keep="first").select("unit", "arm")


def _check_arms(found: pl.DataFrame, plan: PilotPlan) -> None:
    units = found.select("unit", "arm").unique()
    held = int((units["arm"] == HOLD_OUT).sum())
    if min(held, units.height - held) < 2:
        raise InputError(
            f"Of {units.height} units, {held} would be held out: one alone may differ by chance.",
            hint=f"hold_out = {plan.hold_out:g} wants at least {_units_wanted(plan)}",
        )


def _units_wanted(plan: PilotPlan) -> int:
    return floor(2 / min(plan.hold_out, 1 - plan.hold_out)) + 1
