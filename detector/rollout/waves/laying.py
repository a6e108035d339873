"""Desks, caps and quiet days as limits: what is given, made into the numbers of a problem."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import inf

import dataframely as dy
import numpy as np
import polars as pl

from detector.kinds import Treatment
from detector.policy.rules import Policy
from detector.rollout.actual import count_days
from detector.rollout.assumptions.draws import fit
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.calendar import EVERYWHERE, CallDesk, days_between, list_desks, open_slots
from detector.rollout.contacts import DeskLoad, answers_for, channel_share
from detector.rollout.factors import default_hours, mix_factor
from detector.rollout.posterior import Learned
from detector.rollout.tables import DIRECT, Capacity, Cells, MeasuredContacts, Payers
from detector.rollout.updating import learn
from detector.rollout.waves.desks import ONE, DeskDays, greatest_loads, lay_out, spread_starts
from detector.rollout.waves.futures import Mixture, WaveFutures
from detector.rollout.waves.problem import Array, RoomLimit, WaveProblem
from detector.rollout.waves.terms import WaveTerms

REGION = ("partner", "country")


@dataclass(frozen=True)
class Ground:
    """What a plan is made by.

    Attributes:
        starts: The first day on which accounts may start.
        capacity: The desks.
        payers: Accounts that nobody treats.
        known: What is assumed of contacts.
        terms: The rules of waves.
        policy: For its caps, and days on which it lets nothing be sent; none has neither.
        done: Waves that were decided before, counted.
        measured: What desks counted since then.
    """

    starts: date
    capacity: dy.DataFrame[Capacity]
    payers: dy.DataFrame[Payers]
    known: Assumptions
    terms: WaveTerms
    policy: Policy | None = None
    done: dy.DataFrame[Cells] = field(default_factory=Cells.create_empty)
    measured: dy.DataFrame[MeasuredContacts] = field(default_factory=MeasuredContacts.create_empty)

    @property
    def lags(self) -> int:
        """Days after a start on which it brings contacts."""
        climb = max((step.after_days for step in self.known.steps), default=0)
        return climb + self.known.delay.tail_days

    @property
    def past(self) -> int:
        """Days before the first one, on which earlier waves were."""
        first = self.done["day"].min()
        return max(0, (self.starts - first).days) if isinstance(first, date) else 0

    @property
    def days(self) -> list[date]:
        """All days: the past, those of starts, and those on which contacts still come."""
        last = self.starts + timedelta(days=self.terms.horizon_days - 1 + self.lags)
        return days_between(self.starts - timedelta(days=self.past), last)


@dataclass(frozen=True)
class Served:
    """A desk, and whom it answers.

    Attributes:
        days: The desk by day and half-hour.
        answers: Rows with partner and country that it answers.
        share: Of their contacts that come to it.
        begun: Average accounts of earlier waves, by day.
        mixture: How many accounts of which pattern and plan there are.
    """

    days: DeskDays
    answers: pl.Expr
    share: float
    begun: Array
    mixture: Mixture

    def lengthened(self, ground: "Ground") -> "Served":
        """The same on the days of another plan."""
        whom = (self.answers, self.share, self.mixture)
        return _served(ground, (self.days.load.desk, self.days.number), whom)


def serve(ground: Ground, candidates: pl.DataFrame) -> list[Served]:
    """Lay out all desks of partners with accounts.

    Args:
        ground: What a plan is made by.
        candidates: With partner, country, pattern and plan.
    """
    desks = list_desks(ground.capacity)
    counted = candidates.group_by(*REGION, "pattern", "plan").agg(accounts=pl.len())
    partners = {*counted["partner"], *ground.done["partner"]}
    found = list[Served]()
    for number, desk in enumerate(desks):
        if desk.partner not in partners:
            continue
        siblings = [each for each in desks if each.partner == desk.partner]
        answers = answers_for(desk, siblings)
        share = channel_share(desk, siblings, ground.known.profile.channels)
        mine = counted.filter(answers).group_by("pattern", "plan").agg(pl.col("accounts").sum())
        mixture = {(p, q): n for p, q, n in mine.sort("pattern", "plan").iter_rows()}
        found.append(_served(ground, (desk, number), (answers, share, mixture)))
    return found


def _served(
    ground: Ground, numbered: tuple[CallDesk, int], whom: tuple[pl.Expr, float, Mixture]
) -> Served:
    (desk, number), (answers, share, mixture) = numbered, whom
    days = ground.days
    slots = open_slots(desk, days, ground.known.closed)
    begun = _begun(ground.done.filter(answers), ground, len(days))
    load = DeskLoad(
        desk=desk,
        slots=slots,
        mixes=[ONE],
        started={Treatment.NOTIFY: begun[None, :]},
        wave=np.arange(len(days)),
        payers=np.full(len(days), float(ground.payers.filter(answers)["accounts"].sum())),
        baseline=desk.hours["baseline_per_half_hour"].to_numpy()[slots.row],
        share=share,
    )
    hours = default_hours(ground.known)
    laid = lay_out(load, number, hours, ground.known)
    return Served(laid, answers, share, begun * share, mixture)


def learn_from(ground: Ground, served: Sequence[Served]) -> Learned:
    """What is known of desks: what is assumed, and what they counted since the first wave."""
    loads = [each.days.load for each in served]
    counts = count_days(ground.measured, loads) if len(ground.measured) else {}
    return learn(loads, counts, ground.known)


def build(
    ground: Ground, cells: pl.DataFrame, served: Sequence[Served], futures: WaveFutures, seed: int
) -> WaveProblem:
    """Make cells of some partners, and what they have to keep, into numbers.

    Args:
        ground: What a plan is made by.
        cells: From `ranking.count_cells`, in their order.
        served: The desks of their partners.
        futures: What may be.
        seed: Where chance comes from.
    """
    done = ground.done.select(*REGION, "accounts").group_by(REGION).agg(pl.col("accounts").sum())
    mine = done.filter(pl.col("partner").is_in(cells["partner"].unique().to_list()))
    names = pl.concat([cells.select(REGION), mine.select(REGION)]).unique().sort(REGION)
    regions = names.join(mine, on=REGION, how="left", maintain_order="left")
    answered = np.column_stack(
        [np.zeros((regions.height, 0), bool), *(_mask(regions, each) for each in served)]
    )
    allowed = np.array([_allowed(ground, country) for country in regions["country"]])
    kinds = np.unique(np.column_stack([answered, allowed]), axis=0, return_inverse=True)[1].ravel()
    number = names.with_row_index("region")
    region = cells.join(number, on=REGION, how="left", maintain_order="left")["region"].to_numpy()
    group_of = np.unique(kinds[region], return_inverse=True)
    group = group_of[1]
    allowed_of = np.array([allowed[np.flatnonzero(kinds == kind)[0]] for kind in group_of[0]])
    contacts = cells["contacts"].to_numpy()
    limits = [
        *(
            _desk_limit(each, answered[region, at] * contacts, futures, ground, seed)
            for at, each in enumerate(served)
        ),
        *_caps(ground, regions, region),
    ]
    partner = regions["partner"].rank("dense").to_numpy().astype(int) - 1
    return WaveProblem(
        cells["accounts"].to_numpy().astype(np.int64),
        regions["accounts"].fill_null(0).to_numpy().astype(float),
        contacts,
        region.astype(int),
        partner,
        group,
        allowed_of,
        limits,
        ground.terms.most_apart,
    )


def _mask(regions: pl.DataFrame, served: Served) -> Array:
    return regions.select(served.answers).to_series().to_numpy()


def _begun(done: pl.DataFrame, ground: Ground, days: int) -> Array:
    """Average accounts by day that started before."""
    found = np.zeros(days)
    first = ground.days[0]
    for pattern, plan, day, accounts in done.select(
        "pattern", "plan", "day", "accounts"
    ).iter_rows():
        found[(day - first).days] += accounts * mix_factor((pattern, plan), ground.known)
    return found


def _allowed(ground: Ground, country: str) -> Array:
    """On which days accounts of a country may start."""
    terms, policy, known = ground.terms, ground.policy, ground.known
    quiet, shut = set(terms.quiet_days), {*terms.blackout, *known.closed.get(EVERYWHERE, ())}
    shut |= {*known.closed.get(country, ())}
    if policy is not None:
        quiet |= policy.calendar.quiet_days
        shut |= policy.calendar.holidays_of(country or None)
    found = [day.weekday() not in quiet and day not in shut for day in ground.days]
    return np.array(found[: ground.past + terms.horizon_days]) & (
        np.arange(ground.past + terms.horizon_days) >= ground.past
    )


def _desk_limit(
    served: Served, weight: Array, futures: WaveFutures, ground: Ground, seed: int
) -> RoomLimit:
    desk = served.days
    spread = spread_starts(desk, futures, ground.known)
    room = greatest_loads(desk, futures, ground.known, seed) - served.begun @ spread
    room[: ground.past] = inf
    return RoomLimit(
        desk.name,
        is_desk=True,
        weight=weight * served.share,
        spread=spread[: ground.past + ground.terms.horizon_days],
        room=room,
    )


def _caps(ground: Ground, regions: pl.DataFrame, region: Array) -> Iterator[RoomLimit]:
    """Caps of the policy count whom it treats on a day, later steps among them."""
    if ground.policy is None:
        return
    caps = ground.policy.caps
    direct = [DIRECT, *ground.policy.direct]
    partner, country = pl.col("partner"), pl.col("country")
    asked: list[tuple[str, int | None, pl.Expr]] = [("per_day", caps.per_day, pl.lit(value=True))]
    for name in sorted(set(regions["partner"]) - {*direct}):
        most = caps.per_partner_per_day
        asked.append((f"per_partner_per_day of {name}", most, partner == name))
    for name in sorted(set(regions["country"])):
        told = f"per_country_per_day of {name or 'no known country'}"
        asked.append((told, caps.per_country_per_day, country == name))
    for name, most, about in asked:
        if most is not None:
            yield _cap(ground, name, most, regions.with_columns(capped=about), region)


def _cap(ground: Ground, name: str, most: int, regions: pl.DataFrame, region: Array) -> RoomLimit:
    days, horizon = len(ground.days), ground.past + ground.terms.horizon_days
    spread = np.eye(days)
    for step in ground.known.steps:
        spread += fit(step.share).mean * np.eye(days, k=step.after_days)
    begun = ground.done.join(regions.filter("capped"), on=REGION, how="semi")
    room = np.full(days, float(most))
    for day, accounts in begun.select("day", "accounts").iter_rows():
        room -= accounts * spread[(day - ground.days[0]).days]
    room[: ground.past] = inf
    weight = regions["capped"].to_numpy()[region].astype(float)
    return RoomLimit(name, is_desk=False, weight=weight, spread=spread[:horizon], room=room)


def group_partners(ground: Ground, partners: Sequence[str]) -> list[list[str]]:
    """Which partners must be planned together: all, if a cap of the policy binds them."""
    caps: Mapping[str, int | None] = ground.policy.caps.model_dump() if ground.policy else {}
    together = caps.get("per_day") is not None or caps.get("per_country_per_day") is not None
    return [[*partners]] if together else [[each] for each in partners]
