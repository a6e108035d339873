"""Rules beside the weights: how far any one kind of evidence is believed, and what nobody can know.

Each is a term of its own, so that what is shown still sums to the log-odds shown. It only ever
takes bits away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from detector.evidence.factors.factor import Factor
from detector.evidence.scorecard import Card
from detector.kernels.arrays import Ints
from detector.kinds import Theme

BOUND = "bound_"
"""How the terms begin that hold a theme to what the card believes of it."""

WITNESSES = (
    Theme.PEOPLE,
    Theme.TELEVISIONS,
    Theme.PLACE,
    Theme.PRESENCE,
    Theme.BESIDE_HOME,
    Theme.CALENDAR,
)
"""Themes that bear witness by themselves; what the account is like, and moving house, do not."""


@dataclass(frozen=True)
class Limit:
    """A rule that lowers the sum of a group's bits."""

    name: str
    theme: Theme
    text: str
    """What is said where it lowers, or holds."""
    otherwise: str


@dataclass(frozen=True)
class Ceiling(Limit):
    """What makes it impossible to know, whatever else speaks.

    Where it holds, its term takes away all bits above `micro_bits`; elsewhere it is 0.
    """

    holds: pl.Expr
    """From the columns of `Observations`."""
    micro_bits: int

    def lower(self, total: Ints, holds: Ints) -> Ints:
        """What the term takes from the sum of all others."""
        return np.where(holds == 1, np.minimum(0, self.micro_bits - total), 0)


ONE_WITNESS = Limit(
    name="one_witness",
    theme=Theme.ACCOUNT,
    text="only one kind of evidence speaks for another household",
    otherwise="more than one kind of evidence speaks for another household, or none does",
)
ONE_WITNESS_MICRO_BITS = 2_000_000
"""Four to one: more likely than not, and below what any flag should rest on."""


def name_bound(theme: Theme) -> str:
    """The name of the term that bounds a theme.

    Examples:
        >>> name_bound(Theme.BESIDE_HOME)
        'bound_beside_home'
    """
    return f"{BOUND}{theme.replace(' ', '_')}"


def list_limits(card: Card, ceilings: Sequence[Ceiling]) -> tuple[Limit, ...]:
    """The rules that a card comes with, in the order in which they are applied."""
    bounds = (
        Limit(
            name_bound(theme),
            theme,
            f"what speaks of {theme} is not believed further by itself",
            f"what speaks of {theme} is believed as it stands",
        )
        for theme in sorted(card.bounds)
    )
    return (*bounds, *((ONE_WITNESS,) if card.witness_micro_bits else ()), *ceilings)


def limit_terms(
    card: Card,
    factors: Sequence[Factor],
    bits: Mapping[str, Ints],
    ceilings: Sequence[Ceiling],
    holds: Mapping[str, Ints],
) -> dict[str, Ints]:
    """Weigh the rules, given what all factors weigh.

    Args:
        card: Says how far a theme is believed, and from when on it is a witness.
        factors: Those weighed.
        bits: By factor, and of the prior: millionths of bits of each group.
        ceilings: Rules that bar some groups.
        holds: By ceiling: 1 for the groups that it bars.

    Returns:
        By rule: what it takes from each group, at most 0.

    Examples:
        Profiles are believed up to four bits, and nothing else speaks:

        >>> from detector.evidence.factors.people import PROFILES
        >>> card = Card(prior_micro_bits=0, shapes={}, bounds={"people": 4_000_000},
        ...     witness_micro_bits=1_000_000)
        >>> limit_terms(card, [PROFILES], {"profiles": np.array([9_000_000])}, (), {})
        {'bound_people': array([-5000000]), 'one_witness': array([-2000000])}
    """
    total = _add_up([*bits.values()])
    themes = {
        theme: _add_up([bits[f.name] for f in factors if f.theme == theme])
        for theme in {factor.theme for factor in factors}
    }
    found = dict[str, Ints]()
    for theme, bound in sorted(card.bounds.items()):
        term = np.minimum(0, bound - themes.get(theme, np.zeros_like(total)))
        themes[theme] = themes.get(theme, np.zeros_like(total)) + term
        found[name_bound(theme)], total = term, total + term
    if card.witness_micro_bits:
        spoken = (themes[t] >= card.witness_micro_bits for t in WITNESSES if t in themes)
        alone = np.sum([np.zeros(total.shape, np.int64), *spoken], axis=0) < MIN_WITNESSES
        term = np.where(alone, np.minimum(0, ONE_WITNESS_MICRO_BITS - total), 0)
        found[ONE_WITNESS.name], total = term, total + term
    for ceiling in ceilings:
        term = ceiling.lower(total, holds[ceiling.name])
        found[ceiling.name], total = term, total + term
    return found


def _add_up(terms: Sequence[Ints]) -> Ints:
    return np.stack(terms).sum(axis=0)


MIN_WITNESSES = 2
"""No flag rests on one witness, however loud: a profile can be lent, a television be on holiday."""
