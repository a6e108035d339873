"""The account around the group: how many devices, groups and lives it holds."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, counted, none_or, spelled
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations

GROUPS = Factor(
    name="groups",
    theme=Theme.ACCOUNT,
    asks="how many groups the account falls into",
    innocent="one traveller leaves a trail of small groups",
    value=G.groups.col,
    text=pl.format("is one of {} of devices on the account", counted(G.groups.col, "group")),
    sign=Sign.EITHER,
)

OTHER_ACCOUNTS = Factor(
    name="other_accounts",
    theme=Theme.ACCOUNT,
    asks="whether its devices are seen on other accounts",
    innocent="people with an account of their own and families who swap devices",
    value=G.device_accounts.col,
    text=pl.when(G.device_accounts.col == 1)
    .then(pl.lit("its devices were seen on no other account"))
    .otherwise(
        pl.format("a device of it was seen on {}", counted(G.device_accounts.col, "account"))
    ),
    sign=Sign.EITHER,
)

ACCOUNT_DEVICES = Factor(
    name="account_devices",
    theme=Theme.ACCOUNT,
    asks="how many devices the account holds",
    innocent="large families, and devices that change their ids",
    value=G.account_devices.col,
    text=pl.format("the account holds {}", counted(G.account_devices.col, "device")),
    sign=Sign.EITHER,
)

CREW_AT_HOME = Factor(
    name="crew_at_home",
    theme=Theme.ACCOUNT,
    asks="how many devices home itself holds",
    innocent="somebody who lives alone and travels has few at home",
    value=G.h_devices.col,
    text=none_or(
        G.h_devices.col,
        "home holds no device",
        pl.format("home holds {}", counted(G.h_devices.col, "device")),
    ),
    sign=Sign.EITHER,
)

FOOTHOLDS = Factor(
    name="footholds",
    theme=Theme.ACCOUNT,
    asks="how many groups of the account lead a life rather than left a trace",
    innocent="a second home and an office make three",
    value=G.footholds.col,
    text=pl.format(
        "{} of the account {} in use on {} or more",
        none_or(G.footholds.col, "no group", counted(G.footholds.col, "group")),
        pl.when(G.footholds.col > 1).then(pl.lit("are")).otherwise(pl.lit("is")),
        spelled(G.foothold_days.col, "day"),
    ),
    sign=Sign.EITHER,
)

OTHER_LIVES = Factor(
    name="other_lives",
    theme=Theme.ACCOUNT,
    asks="how long the further groups of the account live at places of their own",
    innocent="one traveller leaves a trail of small groups",
    value=G.other_days.col,
    text=none_or(
        G.other_days.col,
        "no further group was at a place of its own",
        pl.format(
            "further groups were at places of their own on {}", counted(G.other_days.col, "day")
        ),
    ),
    sign=Sign.EITHER,
)

ACCOUNT_USE = Factor(
    name="account_use",
    theme=Theme.ACCOUNT,
    asks="on how many days the account was used at all",
    innocent="of an account that is hardly used little can be known",
    value=G.account_days.col,
    text=pl.format("the account was used on {}", counted(G.account_days.col, "day")),
    sign=Sign.EITHER,
)
