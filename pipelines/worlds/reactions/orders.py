"""What is done to whom on which day, and who is left in peace: given, checked, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from detector.errors import InputError, MissingColumnsError
from pipelines.worlds.settings import WorldSettings

WAVES = ("account_id", "wave", "day")
HOLD_OUTS = ("account_id", "arm")
FIRST_STEP = "notify"
TREATED = "treated"
"""The arm of an account that is in no experiment, or is treated in it."""

_NAMED = 3


@dataclass(frozen=True)
class Orders:
    """Treatments of a world's accounts."""

    steps: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"account_id": pl.String, "day": pl.Int64, "treatment": pl.String}
        )
    )
    """One row for each account, day of the world and treatment; nobody held out is among them."""
    held: pl.Series = field(default_factory=lambda: pl.Series("account_id", [], pl.String))
    """Who is left in peace whatever the waves say."""
    sold: pl.DataFrame | None = None
    """partner, country and first day of the waves, if they tell where they are; else everywhere."""

    @property
    def first_day(self) -> int | None:
        """The day of the first treatment; none if there is none."""
        return None if self.steps.is_empty() else int(self.steps["day"].min())  # pyright: ignore[reportArgumentType]


NOTHING = Orders()
"""Nobody is treated."""


def read_orders(
    waves: pl.DataFrame, hold_outs: pl.DataFrame | None, settings: WorldSettings
) -> Orders:
    """Check waves and hold-outs; who is held out is taken out of the waves.

    Args:
        waves: As text: account_id, wave, day; treatment, partner and country may be missing. An
            account may stand there again on a later day: one row for each step of a ladder.
        hold_outs: As text: account_id, arm. The arm `treated` holds nobody out.
        settings: Which days and treatments the world knows.

    Raises:
        MissingColumnsError: A column is missing.
        InputError: A day that is none or before the log, an unknown treatment, an account in two
            arms or that the world does not have.
    """
    _need(waves, WAVES, "The waves")
    treatment = pl.col("treatment") if "treatment" in waves.columns else pl.lit(None)
    told = waves.with_columns(
        pl.col("day").cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        treatment=treatment.cast(pl.String).fill_null(FIRST_STEP),
    )
    _check(told, waves, settings)
    held = _held(hold_outs)
    day = (pl.col("day") - pl.lit(settings.first_day)).dt.total_days()
    steps = told.filter(~pl.col("account_id").is_in(held.implode())).with_columns(day=day)
    sold = None
    if {"partner", "country"} <= set(waves.columns):
        sold = steps.group_by("partner", "country").agg(pl.col("day").min())
    wanted = steps.select("account_id", "day", "treatment").unique()
    return Orders(wanted.sort("account_id", "day", "treatment"), held, sold)


def _held(hold_outs: pl.DataFrame | None) -> pl.Series:
    if hold_outs is None:
        return NOTHING.held
    _need(hold_outs, HOLD_OUTS, "The hold-outs")
    arms = hold_outs.select(HOLD_OUTS).drop_nulls().unique()
    twice = arms.filter(pl.col("account_id").is_duplicated())["account_id"]
    _refuse(twice, "The hold-outs have", "in two arms", "an account is in one arm only")
    return arms.filter(pl.col("arm") != TREATED)["account_id"].sort()


def _check(told: pl.DataFrame, given: pl.DataFrame, settings: WorldSettings) -> None:
    accounts = told["account_id"]
    known = settings.reactions.strength
    wrong = given.filter(told["day"].is_null())["account_id"]
    _refuse(wrong, "The waves have", "whose day is none", "write days as 2026-06-30")
    early = accounts.filter(told["day"] < settings.first_day)
    hint = f"the world begins on {settings.first_day}"
    _refuse(early, "The waves have", "treated before the log begins", hint)
    odd = accounts.filter(~told["treatment"].is_in(list(known)))
    _refuse(odd, "The waves have", "with an unknown treatment", f"known are {', '.join(known)}")
    number = accounts.str.extract(r"^acc-(\d{7,})$", 1).cast(pl.Int64)
    strange = accounts.filter((number >= settings.accounts).fill_null(value=True))
    hint = "simulate with the --accounts and --seed of the log that the waves were made from"
    _refuse(strange, "The waves have", "that the world does not have", hint)


def _need(table: pl.DataFrame, columns: Sequence[str], what: str) -> None:
    if missing := sorted(set(columns) - set(table.columns)):
        hint = f"give the columns {', '.join(columns)}"
        raise MissingColumnsError(f"{what} lack the columns {missing}.", hint=hint)


def _refuse(accounts: pl.Series, what: str, why: str, hint: str) -> None:
    names = accounts.fill_null("(none)").unique().sort()
    if names.len():
        some = ", ".join(names.head(_NAMED)) + (", ..." if names.len() > _NAMED else "")
        raise InputError(f"{what} {names.len():,} accounts {why}: {some}.", hint=hint)
