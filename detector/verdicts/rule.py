"""The one rule of decision: what is asked of an account before it is flagged.

Whoever decides an account, or decides it again without some devices or with other weights, asks
here which threshold applies, which household decides, and what the account has paid for.
"""

from dataclasses import dataclass
from typing import Self

import polars as pl

from detector.evidence.observations import AccountObservations
from detector.evidence.scorecard import MICRO, Scorecard, log_odds, probability
from detector.schemas import ACCOUNT, Accounts
from detector.settings import VerdictSettings
from detector.verdicts.scores import GroupScores, RankedGroups

A, S, R = Accounts, GroupScores, RankedGroups


def threshold_of(scorecard: Scorecard, settings: VerdictSettings) -> float:
    """The probability from which an account is flagged: the user's own, or else the model's.

    Examples:
        >>> model = Scorecard.model_validate(
        ...     {"version": "toy", "known": {"prior_micro_bits": 0, "shapes": {}},
        ...      "unknown": {"prior_micro_bits": 0, "shapes": {}}, "alone_micro_bits": 0,
        ...      "threshold": 0.99})
        >>> [threshold_of(model, VerdictSettings(threshold=own)) for own in (None, 0.9)]
        [0.99, 0.9]
    """
    return scorecard.threshold if settings.threshold is None else settings.threshold


def rank_groups(scores: pl.DataFrame) -> pl.DataFrame:
    """Tell of each account its surest group, and how sure its external households are.

    Args:
        scores: One row per group of devices with `account_id`, `group`, `micro_bits`, and
            `external`: whether it is counted as a household.

    Returns:
        One row per account, sorted: the columns of its surest group, `external_households`, and
        `external_bits`, a list that falls.

    Examples:
        >>> scores = pl.DataFrame({"account_id": "bob", "group": [1, 2, 3],
        ...     "micro_bits": [4 * MICRO, 9 * MICRO, -2 * MICRO], "external": [True, True, False]})
        >>> rank_groups(scores).select("group", "external_households", "external_bits").row(0)
        (2, 2, [9000000, 4000000])
    """
    ranked = scores.sort(ACCOUNT, -S.micro_bits.col, S.group.name)
    return ranked.group_by(ACCOUNT, maintain_order=True).agg(
        pl.all().exclude(ACCOUNT).first(),
        external_households=S.external.col.sum(),
        external_bits=S.micro_bits.col.filter(S.external.col),
    )


def count_as_found(
    groups: pl.DataFrame, accounts: pl.DataFrame, settings: VerdictSettings
) -> pl.DataFrame:
    """Tell which groups of a finished run are external households, as `rank_groups` asks.

    The tables of a run do not hold all that `score_groups` looks at. But it gives the households
    that it counts the first numbers, so these are the ones; unless they are likely no longer.

    Args:
        groups: `account_id`, `group` (the number of its household), `micro_bits`.
        accounts: `Accounts` of the run.
        settings: How probable a group must be.

    Returns:
        The groups with `external`.

    Examples:
        Bob's run counted one household; the second group is likely too, but lives with the first:

        >>> accounts = pl.DataFrame({"account_id": ["bob"], "external_households": [1]})
        >>> groups = pl.DataFrame({
        ...     "account_id": "bob", "group": [0, 1, 2], "micro_bits": [-9 * MICRO, MICRO, MICRO]})
        >>> count_as_found(groups, accounts, VerdictSettings())["external"].to_list()
        [False, True, False]
    """
    counted = accounts.select(ACCOUNT, counted=A.external_households.col)
    likely = probability(S.micro_bits.col) >= settings.min_external_probability
    external = S.group.col.is_between(1, pl.col("counted")) & likely
    return groups.join(counted, on=ACCOUNT).with_columns(external=external).drop("counted")


def deciding_bits() -> pl.Expr:
    """Evidence of the group that decides: the surest; null if all that is external is paid for.

    Where n extra members are paid for, it is the external household after the n surest: with no
    more than those, the account is one household as far as its plan goes.

    Examples:
        Bob pays for one extra member, so that the second household decides:

        >>> bob = {"micro_bits": 9 * MICRO, "external_bits": [9 * MICRO, 4 * MICRO]}
        >>> rows = pl.DataFrame([bob | {"extra_members": paid} for paid in (0, 1, 2)])
        >>> rows.select(deciding_bits()).to_series().to_list()
        [9000000, 4000000, None]
    """
    extra = A.extra_members.col.fill_null(0)
    next_one = R.external_bits.col.list.get(extra, null_on_oob=True)
    return pl.when(extra == 0).then(S.micro_bits.col).otherwise(next_one)


def is_paid_for() -> pl.Expr:
    """Whether every external household is an extra member that the account pays for.

    Examples:
        >>> rows = pl.DataFrame({"external_households": [1, 2, 1], "extra_members": [1, 1, None]})
        >>> rows.select(is_paid_for()).to_series().to_list()
        [True, False, False]
    """
    return R.external_households.col.is_between(1, A.extra_members.col.fill_null(0))


def has_left_out(settings: VerdictSettings) -> pl.Expr:
    """Whether ids that are on too many accounts to be devices hold more than a trace of its life.

    So much use as it takes to know anything may be a household's own.

    Examples:
        >>> days = pl.DataFrame({"common_days": [1, 5]})
        >>> days.select(has_left_out(VerdictSettings())).to_series().to_list()
        [False, True]
    """
    return AccountObservations.common_days.col >= settings.min_active_days


def has_doubles(settings: VerdictSettings) -> pl.Expr:
    """Whether a device that does not move was so often at two places at once that it is two.

    Examples:
        >>> days = pl.DataFrame({"doubled_days": [2, 7]})
        >>> days.select(has_doubles(VerdictSettings())).to_series().to_list()
        [False, True]
    """
    return AccountObservations.doubled_days.col >= settings.min_doubled_days


@dataclass(frozen=True)
class Rule:
    """When an account is flagged; asked of rows of `rank_groups` with what is on record of them.

    Beside the columns of `rank_groups` a row needs `active_days` and `extra_members`.

    Examples:
        The same evidence, but Ada pays for her extra member and Bob for none:

        >>> rows = pl.DataFrame({
        ...     "account_id": ["ada", "bob"], "group": 1, "micro_bits": 9 * MICRO,
        ...     "external_bits": [[9 * MICRO]] * 2, "active_days": 40, "extra_members": [1, 0]})
        >>> rows.select("account_id", flagged=Rule(0.99, VerdictSettings()).flags()).rows()
        [('ada', False), ('bob', True)]
    """

    threshold: float
    settings: VerdictSettings

    @classmethod
    def of(cls, scorecard: Scorecard, settings: VerdictSettings) -> Self:
        """The rule of a model under some settings."""
        return cls(threshold_of(scorecard, settings), settings)

    def is_knowable(self) -> pl.Expr:
        """Whether the account may be flagged at all: it has a second group, and was used enough."""
        used_enough = A.active_days.col >= self.settings.min_active_days
        return (S.group.col > 0) & used_enough

    def is_sure(self) -> pl.Expr:
        """Whether the group that decides is sure enough; at threshold 1 none is."""
        return (probability(deciding_bits()) >= self.threshold) & pl.lit(self.threshold < 1)

    def is_held(self) -> pl.Expr:
        """Whether a flag of the run before, told by `flagged_before`, stays.

        It does until the evidence falls clearly below the threshold, so that no family is warned
        and cleared by turns.

        Examples:
            A little below the threshold of 6.6 bits a flag stays, but does not come:

            >>> rows = pl.DataFrame({
            ...     "account_id": ["ada", "bob"], "flagged_before": [False, True],
            ...     "micro_bits": 6 * MICRO, "external_bits": [[6 * MICRO]] * 2,
            ...     "extra_members": 0})
            >>> rows.select(ACCOUNT, held=Rule(0.99, VerdictSettings()).is_held()).rows()
            [('ada', False), ('bob', True)]
        """
        release = log_odds(self.threshold) - self.settings.release_margin_bits
        return (
            pl.col("flagged_before")
            & (deciding_bits() >= release * MICRO)
            & (probability(deciding_bits()) >= self.settings.min_external_probability)
            & pl.lit(self.threshold < 1)
        )

    def flags(self) -> pl.Expr:
        """Whether the account is flagged that no run flagged before."""
        return (self.is_knowable() & self.is_sure()).fill_null(value=False)

    def flags_or_holds(self) -> pl.Expr:
        """Whether the account is flagged, or stays so."""
        flagged = self.is_knowable() & (self.is_sure() | self.is_held())
        return flagged.fill_null(value=False)
