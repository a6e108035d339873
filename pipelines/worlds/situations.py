"""The register of situations: label, weight, the household it starts from, and what happens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipelines.worlds import honest, shared
from pipelines.worlds.hashing import Ints
from pipelines.worlds.scenes import Home, Plan, Scene
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import PHONE, Line

Label = Literal["single", "shared", "ambiguous"]


USUAL = Plan()


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


_FAMILY = Plan(size=(3, 4), televisions=1)

SITUATIONS: tuple[Situation, ...] = (
    Situation("ordinary", "single", 57.0, honest.ordinary),
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
    Situation("student_away", "ambiguous", 55.0, shared.study_away, Plan(size=(2, 4))),
    Situation("split_custody", "ambiguous", 45.0, shared.split_custody, _FAMILY),
    Situation("other_city", "shared", 16.0, shared.lend_to_other_city),
    Situation("same_city", "shared", 11.0, shared.lend_in_same_city),
    Situation(
        "same_city_same_isp",
        "shared",
        9.0,
        shared.lend_at_same_provider,
        line=shared.line_of_a_provider,
    ),
    Situation("abroad", "shared", 7.0, shared.lend_abroad),
    Situation("phone_only_borrower", "shared", 7.0, shared.lend_to_phone),
    Situation("no_fixed_line_borrower", "shared", 5.0, shared.lend_without_line),
    Situation("ring_of_friends", "shared", 8.0, shared.share_in_ring),
    Situation("parents_visited", "shared", 7.0, shared.visit_borrowing_parents),
    Situation("child_moved_out", "shared", 7.0, shared.let_child_move_out),
    Situation("rare_borrower", "shared", 5.0, shared.lend_rarely),
    Situation("owner_hardly_watches", "shared", 4.0, shared.lend_everything, Plan(share=0.06)),
    Situation("colleague", "shared", 4.0, shared.lend_to_colleague),
    Situation("monthly_check_in", "shared", 3.5, shared.check_in_monthly),
    Situation("tv_tunnelled", "shared", 3.5, shared.tunnel_television),
    Situation("resold", "shared", 3.0, shared.resell),
    # Only in worlds that ask for them: lives between two countries.
    Situation("abroad_without_television", "shared", 0.0, shared.lend_abroad_without_television),
    Situation("works_abroad", "single", 0.0, honest.work_abroad),
    Situation("stays_long_abroad", "single", 0.0, honest.stay_long_abroad),
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
    weights = np.array([settings.situation_weights.get(s.name, s.weight) for s in SITUATIONS])
    for label, share in labels.items():
        mine = np.array([s.label == label for s in SITUATIONS])
        weights[mine] *= share / max(float(weights[mine].sum()), 1e-12)
    bounds = np.cumsum(weights) / weights.sum()
    places = (np.arange(settings.accounts) + 0.5) / settings.accounts
    rows = np.searchsorted(bounds, places)
    return np.random.default_rng([settings.seed, 5]).permutation(rows)
