"""How the group lives beside home: ties, visits, turns, and playing at once."""

import polars as pl

from detector.evidence.factors.factor import (
    Factor,
    Sign,
    bits_ratio,
    counted,
    none_or,
    percent,
    share,
)
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations

SEPARATION = Factor(
    name="separation",
    theme=Theme.BESIDE_HOME,
    asks="how strongly the group is tied to home",
    innocent="devices that come home are tied to home, however far they travel",
    value=G.tie.col,
    text=pl.when(G.tie.col > 0)
    .then(
        pl.format(
            "its strongest tie to a device at home is {} of 100",
            (G.tie.col * 100).round().cast(pl.Int64),
        )
    )
    .otherwise(pl.lit("was never seen where home's devices are")),
    sign=Sign.AGAINST,
)

SIMULTANEITY = Factor(
    name="simultaneity",
    theme=Theme.BESIDE_HOME,
    asks="whether both sides play at once more than chance would have it",
    innocent="one family does not watch at two places at once for long",
    value=pl.when(G.own_plays.col > 0).then(
        bits_ratio(G.together.col, G.meetings.col / G.account_span.col)
    ),
    text=pl.format(
        "both places played at once in {}; chance alone would give {}",
        counted(G.together.col, "half-hour"),
        (G.meetings.col / G.account_span.col).round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
    beyond_chance="simultaneity",
)

CONCURRENCY = Factor(
    name="concurrency",
    theme=Theme.BESIDE_HOME,
    asks="how long both sides played at once",
    innocent="a few overlaps come from clocks, gaps and players left running",
    value=pl.when(G.own_plays.col > 0).then(G.together.col),
    text=none_or(
        G.together.col,
        "the two places never played at once",
        pl.format("both places played at once for {}", counted(G.together.col, "half-hour")),
    ),
    sign=Sign.FOR,
    beyond_chance="simultaneity",
)

COMPANY = Factor(
    name="company",
    theme=Theme.BESIDE_HOME,
    asks="whether home's devices are there too",
    innocent="a second home and relatives are used when the family is there",
    value=share(G.company_days.col, G.own_days.col),
    text=pl.when(G.company_days.col == 0)
    .then(pl.lit("no device of home was ever there with it"))
    .otherwise(
        pl.format(
            "a device of home was there on {} of its days",
            percent(share(G.company_days.col, G.own_days.col)),
        )
    ),
    sign=Sign.AGAINST,
)

HOMECOMING = Factor(
    name="homecoming",
    theme=Theme.BESIDE_HOME,
    asks="how often the group comes home",
    innocent="commuters, travellers and students come home",
    value=share(G.home_days.col, G.all_days.col),
    text=pl.when(G.home_days.col == 0)
    .then(pl.lit("never came home"))
    .otherwise(pl.format("came home on {} of {}", G.home_days.col, counted(G.all_days.col, "day"))),
    sign=Sign.AGAINST,
)

ALTERNATION = Factor(
    name="alternation",
    theme=Theme.BESIDE_HOME,
    asks="whether home falls silent when the group wakes",
    innocent="one family in two homes is in one of them at a time",
    value=bits_ratio(G.both_days.col, G.own_days.col * G.h_days_within.col / G.span_days.col),
    text=pl.format(
        "both places were in use on the same {}; {} would be if they knew nothing of each other",
        counted(G.both_days.col, "day"),
        (G.own_days.col * G.h_days_within.col / G.span_days.col).round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
    beyond_chance="alternation",
)

HOME_SILENCE = Factor(
    name="home_silence",
    theme=Theme.BESIDE_HOME,
    asks="whether home has fallen silent for good",
    innocent="a family that moved house leaves the old one silent",
    value=G.h_silent_days.col,
    text=pl.when(G.h_silent_days.col == 0)
    .then(pl.lit("home was in use to the last day"))
    .otherwise(pl.format("home has been silent for {}", counted(G.h_silent_days.col, "day"))),
    sign=Sign.EITHER,
)

HOME_LIFE = Factor(
    name="home_life",
    theme=Theme.BESIDE_HOME,
    asks="how much life there is at home",
    innocent="without a home that is lived in, nobody can say who is away",
    value=share(G.h_days.col, G.account_span.col),
    text=none_or(
        G.h_days.col,
        "home itself was never in use",
        pl.format(
            "home was in use on {} of the days",
            percent(share(G.h_days.col, G.account_span.col)),
        ),
    ),
    sign=Sign.EITHER,
)
