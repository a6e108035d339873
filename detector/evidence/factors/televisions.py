"""Which side has televisions of its own, and whose profiles they play.

Whose profiles a television plays is evidence of people: the same fact that their profiles tell.
"""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, none_or, percent
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations

OWN_TELEVISION = Factor(
    name="own_television",
    theme=Theme.TELEVISIONS,
    asks="whether the group has a television and devices people carry",
    innocent=(
        "a lone television may stand signed in at relatives' or in a rented flat; a lone "
        "phone may belong to a guest"
    ),
    value=pl.when(G.televisions.col + G.carried.col > 0).then(
        G.televisions.col.clip(0, 2) * 3 + G.carried.col.clip(0, 2)
    ),
    text=pl.format(
        "has {} and {}",
        pl.when(G.televisions.col == 0)
        .then(pl.lit("no television, player or console"))
        .otherwise(
            counted(
                G.televisions.col,
                "television, player or console",
                "televisions, players or consoles",
            )
        ),
        pl.when(G.carried.col == 0)
        .then(pl.lit("nothing that people carry"))
        .otherwise(counted(G.carried.col, "device that people carry", "devices that people carry")),
    ),
    sign=Sign.EITHER,
)

LENT_TELEVISION = Factor(
    name="lent_television",
    theme=Theme.PEOPLE,
    asks="whether a television on home's line shows what the group watches elsewhere",
    why=(
        "a borrower's television that reaches the service through the lender's line stands in "
        "another living room"
    ),
    innocent="a child's television at home, and the child's phone out and about",
    value=G.lent.col,
    text=none_or(
        G.lent.col,
        "no television of home plays its profiles",
        pl.format("a television of home plays its profiles {} of the time", percent(G.lent.col)),
    ),
    sign=Sign.EITHER,
)

COMMON_TELEVISIONS = Factor(
    name="common_televisions",
    theme=Theme.PEOPLE,
    asks="whether every television of home also shows what the group watches",
    innocent="the person who is away is one of the family, and watches on its screens",
    value=G.lent_least.col,
    text=none_or(
        G.lent_least.col,
        "a television of home never plays its profiles",
        pl.format(
            "each television of home plays its profiles at least {} of the time",
            percent(G.lent_least.col),
        ),
    ),
    sign=Sign.EITHER,
)

ACCOUNT_TELEVISIONS = Factor(
    name="account_televisions",
    theme=Theme.TELEVISIONS,
    asks="how many televisions, players and consoles the account holds",
    innocent="a television in every room",
    value=G.account_televisions.col,
    text=pl.format(
        "the account holds {}",
        none_or(
            G.account_televisions.col,
            "no television, player or console",
            counted(
                G.account_televisions.col,
                "television, player or console",
                "televisions, players or consoles",
            ),
        ),
    ),
    sign=Sign.EITHER,
)
