"""Which side is home, and how surely: a log seldom says who pays."""

import dataframely as dy
import numpy as np
import polars as pl

from detector.evidence.limits import Ceiling
from detector.evidence.scorecard import MICRO, HomeCard, probability
from detector.evidence.terms import Prior, TermSheet
from detector.kinds import Theme
from detector.schemas import ACCOUNT, Accounts
from detector.settings import VerdictSettings
from detector.verdicts.sides import WITNESSES, Sides, home_is_in_country, home_signed_up

NOBODY_KNOWS = 0.5
"""What a model that was not fitted to tell says of an account that others use too."""
OF_HOME = Prior("usual_home", "how often the side with most of the life is the owner's")
MOST = "no_surer_than_seen"
CONFIDENCE = Accounts.home_confidence.name


def weigh_home(sides: dy.DataFrame[Sides], card: HomeCard) -> TermSheet:
    """Weigh what is seen of home beside its largest external household, in bits.

    However much speaks for it, the bits end where the model was ever seen to be right: nothing
    that was only watched proves who pays.

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
        text="nothing that was seen tells more surely whose account it is",
        otherwise="",
    )
    weighed = [witness for witness in WITNESSES if witness.name in card.shapes]
    return TermSheet(sides, OF_HOME, weighed, card, (most,))


def trust_home(
    sides: dy.DataFrame[Sides], card: HomeCard | None, settings: VerdictSettings
) -> pl.DataFrame:
    """How surely household 0 is home, of accounts that have an external household.

    It is the chance that this is the owner's side if the account is truly shared; where all
    households are one family's, none is the wrong one. What the service has on record of the
    account adds its bits on top of what was seen; what is not on record adds none.

    Args:
        sides: From `face_sides`.
        card: The fitted weights; None: nobody knows.
        settings: What a record is worth.

    Returns:
        account_id, home_confidence.

    Examples:
        Nothing speaks for either side, but the account is a Spanish one, and so is home:

        >>> card = HomeCard(prior_micro_bits=1_000_000, most_micro_bits=2_000_000, shapes={})
        >>> sides = Sides.sample(overrides={
        ...     "account_id": ["ada", "bob"], "country_of_record": ["ES", None],
        ...     "h_country": "ES", "other_countries": [["FR"]] * 2, "signed_up": None})
        >>> trust_home(sides, card, VerdictSettings(home_record_bits=3)).rows()
        [('ada', 0.941176), ('bob', 0.666667)]
    """
    if card is None:
        return sides.select(ACCOUNT, pl.lit(NOBODY_KNOWS).alias(CONFIDENCE))
    seen = weigh_home(sides, card).micro_bits.sum(axis=0)
    on_record = sides.select(
        pl.sum_horizontal(home_is_in_country(), home_signed_up()).cast(pl.Int64)
    ).to_series()
    bits = seen + on_record.to_numpy() * round(settings.home_record_bits * MICRO)
    return sides.select(ACCOUNT, micro_bits=pl.Series(bits.astype(np.int64))).select(
        ACCOUNT, probability(pl.col("micro_bits")).alias(CONFIDENCE)
    )
