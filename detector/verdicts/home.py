"""Which side is home, and how surely: a log seldom says who pays."""

import dataframely as dy
import polars as pl

from detector.evidence.limits import Ceiling
from detector.evidence.scorecard import HomeCard, probability
from detector.evidence.terms import Prior, TermSheet, measure_factors
from detector.kinds import Theme
from detector.schemas import ACCOUNT, Accounts
from detector.verdicts.sides import RECORDS, WITNESSES, Sides, is_on_record

NOBODY_KNOWS = 0.5
"""What a model that was not fitted to tell says of an account that others use too."""
OF_HOME = Prior("usual_home", "how often the side with most of the life is the owner's")
MOST = "no_surer_than_seen"
CONFIDENCE = Accounts.home_confidence.name


def weigh_home(sides: dy.DataFrame[Sides], card: HomeCard) -> TermSheet:
    """Weigh what is known of home beside its likeliest external household, in bits.

    However much speaks for it, the bits end where the model was ever seen to be right: nothing
    that was only watched proves who pays, and what is on record may be wrong.

    Examples:
        Home was used on three times as many days, for which the card has more bits than it allows:

        >>> card = HomeCard.model_validate(
        ...     {"prior_micro_bits": 500_000, "most_micro_bits": 2_000_000,
        ...      "shapes": {"more_days": {"cuts": [1.0], "micro_bits": [0, 2_500_000]}}})
        >>> sides = Sides.sample(overrides={"h_days": [29], "own_days": [9]})
        >>> weigh_home(sides, card).micro_bits.sum(axis=0).tolist()
        [2000000]
    """
    most = Ceiling(
        name=MOST,
        theme=Theme.ACCOUNT,
        holds=Sides.account_id.col.is_not_null(),
        micro_bits=card.most_micro_bits,
        text="nothing that is known tells more surely whose account it is",
        otherwise="",
    )
    weighed = [witness for witness in WITNESSES if witness.name in card.shapes]
    return TermSheet(sides, OF_HOME, weighed, card, (most,))


def trust_home(sides: dy.DataFrame[Sides], card: HomeCard | None) -> pl.DataFrame:
    """How surely household 0 is home, of accounts that have an external household.

    It is the chance that this is the owner's side if the account is truly shared; where all
    households are one family's, none is the wrong one.

    Args:
        sides: From `face_sides`.
        card: The fitted weights; None: nobody knows.

    Returns:
        account_id, home_confidence; sorted.

    Examples:
        The same is seen of both, but Ada's account is a Spanish one, and so is home:

        >>> card = HomeCard.model_validate({
        ...     "prior_micro_bits": 0, "most_micro_bits": 1_000_000, "shapes": {}, "on_record": {
        ...         "prior_micro_bits": 4_000_000, "most_micro_bits": 5_000_000, "shapes": {}}})
        >>> sides = Sides.sample(overrides={
        ...     "account_id": ["ada", "bob"], "country_of_record": ["ES", None],
        ...     "h_country": "ES", "other_countries": [["FR"]] * 2, "signed_up": None,
        ...     "h_partner_micro_bits": None})
        >>> trust_home(sides, card).rows()
        [('ada', 0.941176), ('bob', 0.5)]
    """
    if card is None:
        return sides.select(ACCOUNT, pl.lit(NOBODY_KNOWS).alias(CONFIDENCE)).sort(ACCOUNT)
    told = measure_factors(sides, RECORDS).select(is_on_record()).to_series()
    weighed = [
        some.select(ACCOUNT, micro_bits=weigh_home(some, mine).micro_bits.sum(axis=0))
        for known, mine in ((False, card), (True, card.on_record or card))
        if not (some := Sides.cast(sides.filter(told == known))).is_empty()
    ]
    nobody = pl.DataFrame(schema={ACCOUNT: pl.String, "micro_bits": pl.Int64})
    return (
        pl.concat([nobody, *weighed])
        .sort(ACCOUNT)
        .select(ACCOUNT, probability(pl.col("micro_bits")).alias(CONFIDENCE))
    )
