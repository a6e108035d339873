"""Let the accounts of a world answer what is done to them: the door of this folder."""

from dataclasses import dataclass

import polars as pl

from pipelines.worlds.build import World
from pipelines.worlds.reactions.answers import (
    answer_appeals,
    answer_friction,
    answer_steps,
    list_steps,
)
from pipelines.worlds.reactions.contacts import list_contacts
from pipelines.worlds.reactions.fates import Fates, decide_fates
from pipelines.worlds.reactions.lives import follow_lives
from pipelines.worlds.reactions.orders import NOTHING, Orders
from pipelines.worlds.reactions.rewriting import rewrite
from pipelines.worlds.reactions.settings import MONTH_DAYS
from pipelines.worlds.reactions.telling import (
    tell_accounts,
    tell_conversions,
    tell_feedback,
    tell_reactions,
    tell_truth,
)
from pipelines.worlds.settings import WorldSettings


@dataclass(frozen=True)
class ReactionCourse:
    """How far a world goes on after its log, and what is done to its accounts meanwhile."""

    settings: WorldSettings
    """As asked for: `days` is the length of the log before."""
    months: int
    orders: Orders = NOTHING

    @property
    def last_day(self) -> int:
        """The first day of the world that is not told any more."""
        return self.settings.days + MONTH_DAYS * self.months


@dataclass(frozen=True)
class WorldAnswers:
    """What some accounts do, and when."""

    fates: Fates
    reactions: pl.DataFrame
    """account_id, reaction, day of the world, cause."""
    contacts: pl.DataFrame
    feedback: pl.DataFrame
    """What the service's systems report: feedback_id, account_id, kind, day (a date)."""


@dataclass(frozen=True)
class Reacted:
    """Some accounts of a world, with all that came of it."""

    events: pl.DataFrame
    """With `day` of the world besides."""
    accounts: pl.DataFrame
    truth_accounts: pl.DataFrame
    truth_devices: pl.DataFrame
    truth_networks: pl.DataFrame
    truth_reactions: pl.DataFrame
    truth_conversions: pl.DataFrame
    truth_households: pl.DataFrame
    """account_id, household, left_day: null while it uses the account; evade_day."""
    contacts: pl.DataFrame
    feedback: pl.DataFrame


def react(part: World, course: ReactionCourse) -> Reacted:
    """Let some accounts of a world go through a course.

    Nothing is drawn anew: what nobody did anything about is as it is in the world that nobody
    touches, and what was before a treatment stays, whatever is done later. Who is held out answers
    nothing. What happens anyway (own accounts of borrowers, cancellations) happens to all.

    Args:
        part: From `build_chunks` with the settings of `WorldSettings.horizon`.
        course: How far, and what is done.
    """
    settings, last_day = course.settings, course.last_day
    answered = answer(part, course)
    rewritten = rewrite(part, answered.fates, settings, last_day)
    conversions = tell_conversions(rewritten, answered.fates, settings)
    truth_accounts, truth_devices = tell_truth(part, conversions)
    return Reacted(
        events=rewritten.events,
        accounts=tell_accounts(part, rewritten, answered.reactions, conversions, settings),
        truth_accounts=truth_accounts,
        truth_devices=truth_devices,
        truth_networks=part.truth_networks,
        truth_reactions=_dated(answered.reactions, settings, "day"),
        truth_conversions=conversions,
        truth_households=_households(answered.fates.households, settings, last_day),
        contacts=answered.contacts,
        feedback=answered.feedback,
    )


def answer(part: World, course: ReactionCourse) -> WorldAnswers:
    """What accounts do in a course, without the log that comes of it."""
    settings, orders, last_day = course.settings, course.orders, course.last_day
    lives = follow_lives(part, settings)
    steps = list_steps(lives, orders)
    answers, asked = answer_steps(steps, settings), answer_friction(lives, orders, settings)
    fates = decide_fates(lives, answers, asked, settings)
    contacts = list_contacts(steps, asked, settings)
    said = pl.concat([answers, answer_appeals(steps, settings)])
    reactions = tell_reactions(said, asked, contacts, fates, last_day)
    return WorldAnswers(
        fates=fates,
        reactions=reactions,
        contacts=_until_cancelled(contacts, fates.cancels).filter(pl.col("day") < last_day),
        feedback=tell_feedback(reactions, settings),
    )


def _until_cancelled(contacts: pl.DataFrame, cancels: pl.DataFrame) -> pl.DataFrame:
    ended = cancels.select("account_id", "cancel_day")
    alive = contacts.join(ended, on="account_id", how="left", maintain_order="left")
    return alive.filter(pl.col("day") < pl.col("cancel_day")).drop("cancel_day")


def _households(households: pl.DataFrame, settings: WorldSettings, last_day: int) -> pl.DataFrame:
    """Of each household elsewhere, since when it does not use the account, or does so in hiding."""
    names = ("left_day", "evade_day")
    told = households.select(
        "account_id",
        "household",
        *(pl.when(pl.col(name) < last_day).then(name).alias(name) for name in names),
        cause=pl.when(pl.col("left_day") < last_day).then("cause"),
    )
    return _dated(told, settings, *names)


def _dated(table: pl.DataFrame, settings: WorldSettings, *names: str) -> pl.DataFrame:
    first = pl.lit(settings.first_day)
    return table.with_columns((first + pl.duration(days=name)).alias(name) for name in names)
