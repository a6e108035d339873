"""The register of situations: label, weight, the household it starts from, and what happens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipelines.worlds import absences, annexes, honest, shared
from pipelines.worlds.hashing import Ints
from pipelines.worlds.scenes import Home, Plan, Scene
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import PHONE, Line

Label = Literal["single", "shared", "ambiguous"]


USUAL = Plan()
_USUALLY_ABROAD = 0.12
"""The share of `borrowers_abroad` at which the weights of the register hold."""


@dataclass(frozen=True)
class Situation:
    """One kind of life, honest or not."""

    name: str
    label: Label
    weight: float
    """Share among the situations of its label; our estimate, with FACTS for the large ones."""
    act: Callable[[Scene, Home], None]
    plan: Plan = USUAL
    line: Callable[[Scene], Line] = honest.any_line
    kin: bool = False
    """Whether the borrowers are family: most are (parent and child 42 %, siblings 24 %, FACTS)."""
    abroad: bool = False
    """Whether they live in another country in any case; their weight follows
    `borrowers_abroad`."""


_FAMILY = Plan(size=(3, 4), televisions=1)

SITUATIONS: tuple[Situation, ...] = (
    Situation("ordinary", "single", 48.0, honest.ordinary),
    Situation(
        "phones_only",
        "single",
        3.0,
        honest.ordinary,
        Plan(televisions=0, portable=frozenset({PHONE}), size=(1, 3), outings=2.0),
    ),
    Situation("business_traveller", "single", 7.0, honest.travel_on_business),
    Situation("holiday", "single", 8.0, honest.go_on_holiday),
    Situation("second_home", "single", 2.5, honest.keep_second_home),
    Situation("relatives_tv", "single", 2.5, honest.visit_relatives),
    Situation("moved_house", "single", 2.0, honest.move_house),
    Situation("two_lines", "single", 2.0, honest.keep_two_lines),
    Situation("mobile_router_home", "single", 2.5, honest.ordinary, line=honest.mobile_line),
    Situation("vpn_at_home", "single", 1.5, honest.use_vpn),
    Situation("weekly_commuter", "single", 3.0, honest.commute_weekly, Plan(jobs=1.0)),
    Situation("lorry_driver", "single", 1.5, honest.drive_lorry),
    Situation("deployed_or_hospital", "single", 1.2, honest.be_posted_away),
    Situation("weekend_guest", "single", 1.5, honest.have_guests),
    Situation("rental_sign_out_forgotten", "single", 1.1, honest.forget_sign_out),
    Situation(
        "big_family_resetting_ids",
        "single",
        1.7,
        honest.ordinary,
        Plan(size=(5, 7), televisions=2, resets=(1, 4)),
    ),
    Situation("cafe_and_hotel_regular", "single", 2.0, honest.sit_in_cafes),
    Situation("grandparents_annex", "single", 0.2, annexes.live_with_grandparents, _FAMILY),
    Situation("flat_share", "single", 0.1, annexes.share_a_flat, Plan(size=(1, 2))),
    Situation("line_for_work", "single", 0.1, annexes.keep_line_for_work),
    Situation("outbuilding", "single", 0.1, annexes.keep_outbuilding),
    Situation("months_in_hospital", "single", 0.2, absences.lie_in_hospital, Plan(size=(2, 4))),
    Situation("rotation", "single", 0.6, absences.serve_in_rotations, Plan(size=(2, 4))),
    Situation(
        "tablet_lent_to_kin", "single", 0.8, absences.leave_tablet_with_grandparents, _FAMILY
    ),
    Situation("short_break", "single", 0.8, absences.take_short_break),
    Situation("works_abroad", "single", 0.8, honest.work_abroad),
    Situation("stays_long_abroad", "single", 0.8, honest.stay_long_abroad),
    Situation("student_away", "ambiguous", 55.0, shared.study_away, Plan(size=(2, 4))),
    Situation("split_custody", "ambiguous", 45.0, shared.split_custody, _FAMILY),
    Situation("other_city", "shared", 9.0, shared.lend_to_other_city),
    Situation("same_city", "shared", 7.0, shared.lend_in_same_city, kin=True),
    Situation(
        "same_city_same_isp",
        "shared",
        7.0,
        shared.lend_at_same_provider,
        line=shared.line_of_a_provider,
        kin=True,
    ),
    Situation("abroad", "shared", 6.0, shared.lend_abroad, kin=True, abroad=True),
    Situation(
        "abroad_without_television",
        "shared",
        2.0,
        shared.lend_abroad_without_television,
        kin=True,
        abroad=True,
    ),
    Situation("phone_only_borrower", "shared", 6.0, shared.lend_to_phone),
    Situation("no_fixed_line_borrower", "shared", 4.0, shared.lend_without_line),
    Situation("ring_of_friends", "shared", 6.0, shared.share_in_ring),
    Situation("parents_visited", "shared", 11.0, shared.visit_borrowing_parents, kin=True),
    Situation("child_moved_out", "shared", 11.0, shared.let_child_move_out, kin=True),
    Situation("sibling", "shared", 12.0, shared.lend_to_sibling, kin=True),
    Situation("two_on_one_line", "shared", 5.0, shared.lend_to_two_on_a_line, kin=True),
    Situation("rare_borrower", "shared", 5.0, shared.lend_rarely, kin=True),
    Situation("owner_hardly_watches", "shared", 3.5, shared.lend_everything, Plan(share=0.06)),
    Situation("colleague", "shared", 3.0, shared.lend_to_colleague),
    Situation("monthly_check_in", "shared", 2.5, shared.check_in_monthly),
    Situation("tv_tunnelled", "shared", 2.5, shared.tunnel_television),
    Situation("resold", "shared", 2.5, shared.resell),
)


def assign_situations(settings: WorldSettings) -> Ints:
    """Give each account a situation: exact shares, in random order.

    Returns:
        A row of `SITUATIONS` for each account.
    """
    labels = {
        "shared": settings.sharing_prior,
        "ambiguous": settings.ambiguous_share,
        "single": 1 - settings.sharing_prior - settings.ambiguous_share,
    }
    weights = np.array([_weight(situation, settings) for situation in SITUATIONS])
    for label, share in labels.items():
        mine = np.array([s.label == label for s in SITUATIONS])
        weights[mine] *= share / max(float(weights[mine].sum()), 1e-12)
    bounds = np.cumsum(weights) / weights.sum()
    places = (np.arange(settings.accounts) + 0.5) / settings.accounts
    rows = np.searchsorted(bounds, places)
    return np.random.default_rng([settings.seed, 5]).permutation(rows)


def _weight(situation: Situation, settings: WorldSettings) -> float:
    """As set, else as registered; borrowers abroad are as likely as set."""
    ours = situation.weight
    if situation.abroad:
        ours *= _odds(settings.borrowers_abroad) / _odds(_USUALLY_ABROAD)
    return settings.situation_weights.get(situation.name, ours)


def _odds(share: float) -> float:
    return share / (1 - share)
