"""What the group's place is: a line of its own or a crowd's, near or far, one or many."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, none_or, percent, share
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations
_KM_OF_AN_AREA = 5.0
"""Nearer is the same area: coordinates are coarse."""

OWN_LINE = Factor(
    name="own_line",
    theme=Theme.PLACE,
    asks="whether the group lives on a private line",
    innocent="hotels, offices and cafés are no household",
    value=share(G.private_stays.col, G.stays.col),
    text=none_or(
        G.private_stays.col,
        "not one of its stays was on a private line",
        pl.format(
            "{} of its stays were on a private line",
            percent(share(G.private_stays.col, G.stays.col)),
        ),
    ),
    sign=Sign.FOR,
)

PUBLIC_PLACE = Factor(
    name="public_place",
    theme=Theme.PLACE,
    asks="whether the group lives where anybody may be",
    innocent="a hotel, an office or a campus explains devices away from home",
    value=share(G.office_stays.col + G.venue_stays.col, G.stays.col),
    text=none_or(
        G.office_stays.col + G.venue_stays.col,
        "was never at an office, a campus, a hotel or a café",
        pl.format(
            "{} of its stays were at an office, a campus, a hotel or a café",
            percent(share(G.office_stays.col + G.venue_stays.col, G.stays.col)),
        ),
    ),
    sign=Sign.AGAINST,
)

CROWD = Factor(
    name="crowd",
    theme=Theme.PLACE,
    asks="how many subscribers share the group's line",
    innocent="a line shared by many says little about who is there",
    value=pl.when(G.place_accounts.col > 0).then(G.place_accounts.col.log(2).round(3)),
    text=pl.when(G.place_accounts.col == 1)
    .then(pl.lit("no other account was seen on its line"))
    .otherwise(pl.format("{} were seen on its line", counted(G.place_accounts.col, "account"))),
    sign=Sign.EITHER,
)

_BEYOND = (G.apart_km.col - G.scatter_km.col.fill_null(0)).clip(0)
"""Distance beyond what the addresses of one place are apart by themselves."""
_TENS_OF_KM = (
    pl.when(_BEYOND >= _KM_OF_AN_AREA).then((G.apart_km.col * 0.1).round()).otherwise(0)
).cast(pl.Int64)

DISTANCE = Factor(
    name="distance",
    theme=Theme.PLACE,
    asks="how far the group lives from home",
    innocent=(
        "geolocation errs by hundreds of kilometres, so distance counts little, and nothing where "
        "the addresses of one line are scattered as far"
    ),
    value=pl.when(_BEYOND >= _KM_OF_AN_AREA)
    .then(_BEYOND.round())
    .otherwise(pl.when(G.apart_km.col.is_not_null()).then(0.0)),
    text=none_or(
        _TENS_OF_KM,
        "in the same area as home",
        pl.format("roughly {} km from home, as far as addresses can tell", _TENS_OF_KM * 10),
    ),
    sign=Sign.EITHER,
    may_be_unlogged=True,
)

_ROAMS = G.kind.col.cast(pl.String).is_in(("cellular", "anonymizer"))

COUNTRY = Factor(
    name="country",
    theme=Theme.PLACE,
    asks="whether the group lives in another country",
    innocent="holidays and work abroad; countries are told from addresses rightly 99 times of 100",
    # A carrier's or relay's address may answer from where its customer is not.
    value=pl.when(G.other_country.col)
    .then(G.main_days.col * pl.when(_ROAMS).then(0.5).otherwise(1.0))
    .when(~G.other_country.col)
    .then(0.0),
    text=pl.when(G.other_country.col)
    .then(pl.format("was in another country on {}", counted(G.main_days.col, "day")))
    .otherwise(pl.lit("lives in the same country")),
    sign=Sign.FOR,
    may_be_unlogged=True,
)

NEXT_DOOR = Factor(
    name="next_door",
    theme=Theme.PLACE,
    asks="whether the group lives in home's area on a line of the same provider",
    innocent="grandparents in an annex, a grown child upstairs, a house with two lines",
    value=(G.same_provider.col & (_BEYOND < _KM_OF_AN_AREA)).cast(pl.Float64),
    text=pl.when(G.same_provider.col & (_BEYOND < _KM_OF_AN_AREA))
    .then(pl.lit("lives in the same area on a line of the same provider: it may be one house"))
    .otherwise(pl.lit("does not live in the same area on a line of the same provider")),
    sign=Sign.AGAINST,
    may_be_unlogged=True,
)

TWO_PROTOCOLS = Factor(
    name="two_protocols",
    theme=Theme.PLACE,
    asks="whether the group and home may be one line, seen over IPv4 and over IPv6",
    innocent="many televisions use IPv4 alone and phones mostly IPv6, so that one home looks like "
    "two; a borrower with the same provider looks alike",
    value=G.two_protocols.col.cast(pl.Float64),
    text=pl.when(G.two_protocols.col > 0)
    .then(pl.lit("may be on home's own line, which is seen under two kinds of address"))
    .otherwise(pl.lit("nothing suggests that it is on home's own line")),
    sign=Sign.AGAINST,
)

WANDERING = Factor(
    name="wandering",
    theme=Theme.PLACE,
    asks="whether the group moves from place to place",
    innocent="travellers, drivers and phones are in many places or nowhere",
    value=share(G.main_days.col, G.all_days.col),
    text=none_or(
        G.main_days.col,
        "was never at a place of its own",
        pl.format(
            "spent {} of its days at its main place",
            percent(share(G.main_days.col, G.all_days.col)),
        ),
    ),
    sign=Sign.FOR,
)
