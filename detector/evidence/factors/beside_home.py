"""How the group lives beside home: ties, visits, turns, and playing at once."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted, percent, share
from detector.schemas import Theme

SEPARATION = Factor(
    name="separation",
    theme=Theme.BESIDE_HOME,
    asks="how strongly the group is tied to home",
    innocent="devices that come home are tied to home, however far they travel",
    value=pl.col("tie"),
    text=pl.when(pl.col("tie") > 0)
    .then(
        pl.format(
            "its strongest tie to a device at home is {} of 100",
            (pl.col("tie") * 100).round().cast(pl.Int64),
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
    value=pl.when(pl.col("own_plays") > 0).then(
        bits_ratio(pl.col("together"), pl.col("meetings") / pl.col("account_span"))
    ),
    text=pl.format(
        "both places played at once in {}; chance alone would give {}",
        counted(pl.col("together"), "half-hour"),
        (pl.col("meetings") / pl.col("account_span")).round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
)

CONCURRENCY = Factor(
    name="concurrency",
    theme=Theme.BESIDE_HOME,
    asks="how long both sides played at once",
    innocent="a few overlaps come from clocks, gaps and players left running",
    value=pl.when(pl.col("own_plays") > 0).then("together"),
    text=pl.format("both places played at once for {}", counted(pl.col("together"), "half-hour")),
    sign=Sign.FOR,
)

COMPANY = Factor(
    name="company",
    theme=Theme.BESIDE_HOME,
    asks="whether home's devices are there too",
    innocent="a second home and relatives are used when the family is there",
    value=share(pl.col("company_days"), pl.col("own_days")),
    text=pl.when(pl.col("company_days") == 0)
    .then(pl.lit("no device of home was ever there with it"))
    .otherwise(
        pl.format(
            "a device of home was there on {} of its days",
            percent(share(pl.col("company_days"), pl.col("own_days"))),
        )
    ),
    sign=Sign.AGAINST,
)

HOMECOMING = Factor(
    name="homecoming",
    theme=Theme.BESIDE_HOME,
    asks="how often the group comes home",
    innocent="commuters, travellers and students come home",
    value=share(pl.col("home_days"), pl.col("all_days")),
    text=pl.when(pl.col("home_days") == 0)
    .then(pl.lit("never came home"))
    .otherwise(pl.format("came home on {} of {}", "home_days", counted(pl.col("all_days"), "day"))),
    sign=Sign.AGAINST,
)

ALTERNATION = Factor(
    name="alternation",
    theme=Theme.BESIDE_HOME,
    asks="whether home falls silent when the group wakes",
    innocent="one family in two homes is in one of them at a time",
    value=bits_ratio(
        pl.col("both_days"), pl.col("own_days") * pl.col("h_days_within") / pl.col("span_days")
    ),
    text=pl.format(
        "both places were in use on the same {}; {} would be if they knew nothing of each other",
        counted(pl.col("both_days"), "day"),
        (pl.col("own_days") * pl.col("h_days_within") / pl.col("span_days")).round().cast(pl.Int64),
    ),
    sign=Sign.FOR,
)

HOME_SILENCE = Factor(
    name="home_silence",
    theme=Theme.BESIDE_HOME,
    asks="whether home has fallen silent for good",
    innocent="a family that moved house leaves the old one silent",
    value=pl.col("h_silent_days"),
    text=pl.when(pl.col("h_silent_days") == 0)
    .then(pl.lit("home was in use to the last day"))
    .otherwise(pl.format("home has been silent for {}", counted(pl.col("h_silent_days"), "day"))),
    sign=Sign.EITHER,
)

HOME_LIFE = Factor(
    name="home_life",
    theme=Theme.BESIDE_HOME,
    asks="how much life there is at home",
    innocent="without a home that is lived in, nobody can say who is away",
    value=share(pl.col("h_days"), pl.col("account_span")),
    text=pl.format(
        "home was in use on {} of the days",
        percent(share(pl.col("h_days"), pl.col("account_span"))),
    ),
    sign=Sign.EITHER,
)
