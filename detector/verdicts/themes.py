"""Which themes are told of the household that decides: one factor of each, the strongest first."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from detector.evidence.factors.catalogue import BEYOND_CHANCE, CLEARLY_ABOVE_CHANCE
from detector.evidence.scorecard import MICRO
from detector.evidence.terms import WeighedGroups
from detector.evidence.weigh import ALONE, PRIOR
from detector.kernels.arrays import Flags, Ints
from detector.kinds import Theme
from detector.schemas import Evidence
from detector.verdicts.claims import CLAIMS

E = Evidence
TOLD = 4
"""Reasons and mitigations named per account; the evidence table has them all. No verdict asks."""
WORTH_TELLING_BITS = 0.15
"""Terms weaker than this change nothing that a listener would notice; the unknown is no reason.
No verdict asks."""

ROW, MICRO_BITS, FACTOR = "row", "micro_bits", E.factor.name
_PICKED = {ROW: pl.Int64, E.theme.name: E.theme.dtype, MICRO_BITS: pl.Int64, FACTOR: pl.String}
_LEAST = int(WORTH_TELLING_BITS * MICRO)
_NONE = -1


def pick_themes(weighed: Sequence[WeighedGroups]) -> pl.DataFrame:
    """Pick what is told of groups: one factor of a theme, the strongest first.

    A theme speaks for what all its evidence comes to, and is told by its strongest factor that
    speaks so, is known, and says something (`detector.verdicts.claims`): two places that play at
    once no more often than chance would have it are no reason, nor is what is true of a large
    family as well.

    Args:
        weighed: The groups that decide, as `Terms.of_groups` tells them.

    Returns:
        row, theme, micro_bits (of the theme), factor; at most `TOLD` for and as many against,
        sorted by row and weight.

    Examples:
        Its profiles are strange to home, which two factors tell, and one line speaks against it:

        >>> bob = WeighedGroups(
        ...     names=("new_profiles", "profiles", "two_protocols"),
        ...     themes=(Theme.PEOPLE, Theme.PEOPLE, Theme.PLACE), rows=np.array([0]),
        ...     micro_bits=np.array([[2_000_000], [3_000_000], [-1_000_000]]),
        ...     values=np.array([[1.0], [0.0], [1.0]]))
        >>> pick_themes([bob]).drop("row").rows()
        [('people', 5000000, 'profiles'), ('place', -1000000, 'two_protocols')]
    """
    picked = [_pick(groups) for groups in weighed if len(groups.rows)]
    return pl.concat([pl.DataFrame(schema=_PICKED), *picked]).sort(ROW, maintain_order=True)


def _pick(groups: WeighedGroups) -> pl.DataFrame:
    themes = [theme for theme in Theme if theme in groups.themes]
    totals = np.stack([_add_up(groups, theme) for theme in themes])
    factors = np.stack(
        [_strongest(groups, theme, total) for theme, total in zip(themes, totals, strict=True)]
    )
    order, taken = _rank(totals, factors != _NONE)
    group, place = np.nonzero(taken.T)
    theme = order[place, group]
    return pl.DataFrame(
        {
            ROW: groups.rows[group],
            E.theme.name: pl.Series([*themes], dtype=E.theme.dtype).gather(theme),
            MICRO_BITS: totals[theme, group],
            FACTOR: pl.Series(groups.names, dtype=pl.String).gather(factors[theme, group]),
        },
        schema_overrides=_PICKED,
    )


def _add_up(groups: WeighedGroups, theme: Theme) -> Ints:
    """What all evidence of a theme comes to in each group; where it starts from is no evidence."""
    told = zip(groups.names, groups.themes, strict=True)
    mine = [of == theme and name not in {PRIOR, ALONE} for name, of in told]
    return groups.micro_bits[mine].sum(axis=0)


def _strongest(groups: WeighedGroups, theme: Theme, total: Ints) -> Ints:
    """The term that tells a theme in each group, the first of equals; -1 where none does."""
    best, weight = np.full(total.shape, _NONE), np.full(total.shape, _LEAST - 1)
    speaks_for = total > 0
    for term, (name, of) in enumerate(zip(groups.names, groups.themes, strict=True)):
        claim = CLAIMS.get(name)
        if of != theme or claim is None:
            continue
        value, bits = groups.values[term], groups.micro_bits[term] * np.sign(total)
        least, most = np.where(
            speaks_for, np.array(claim.speaks_for)[:, None], np.array(claim.speaks_against)[:, None]
        )
        says = (value >= least) & (value <= most) & (~speaks_for | _is_beyond(groups, name))
        better = says & (bits > weight)
        best, weight = np.where(better, term, best), np.where(better, bits, weight)
    return np.where(np.abs(total) >= _LEAST, best, _NONE)


def _is_beyond(groups: WeighedGroups, factor: str) -> Flags:
    """Whether what a factor tells exceeds chance, as far as that is asked of it and known."""
    asked = BEYOND_CHANCE.get(factor)
    if asked not in groups.names:
        return np.ones(len(groups.rows), np.bool_)
    return ~(groups.values[groups.names.index(asked)] < CLEARLY_ABOVE_CHANCE)


def _rank(totals: Ints, told: Flags) -> tuple[Ints, Flags]:
    """The themes of each group by weight, and which of them are taken."""
    order = np.argsort(np.where(told, -np.abs(totals), 0), axis=0, kind="stable")
    told, speaks_for = (np.take_along_axis(each, order, axis=0) for each in (told, totals > 0))
    sides = (told & speaks_for, told & ~speaks_for)
    return order, np.logical_or(*(side & (side.cumsum(axis=0) <= TOLD) for side in sides))
