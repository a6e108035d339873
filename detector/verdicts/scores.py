"""How sure it is of the groups of an account that they live elsewhere."""

import dataframely as dy


class GroupScores(dy.Schema):
    """One group that was weighed, or an account in one piece as group 0.

    Built by `detector.verdicts.decide.score_groups`.
    """

    account_id = dy.String(primary_key=True)
    group = dy.Int32(primary_key=True, min=0)
    micro_bits = dy.Int64(description="Its log-odds, base 2, in millionths of bits.")
    probability = dy.Float64(min=0, max=1, description="That it lives elsewhere.")
    household = dy.Int32(
        min=0, description="Its own number: 1.. counted ones first, by falling probability."
    )
    external = dy.Bool(description="Whether it is counted as a household.")
    lives_with = dy.Int32(min=0, description="The household that its devices count to.")


class RankedGroups(GroupScores):
    """The surest group of each account, and how sure its external households are.

    Built by `detector.verdicts.rule.rank_groups`.
    """

    external_households = dy.UInt32()
    external_bits = dy.List(dy.Int64(), description="Their log-odds in millionths of bits; falls.")
