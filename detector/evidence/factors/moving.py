"""Whether one moment parts a life at one place from a life at another."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, percent, share
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations

MOVED_HOUSE = Factor(
    name="moved_house",
    theme=Theme.MOVING,
    asks="whether the group's place took over from home at one moment",
    innocent="a family that moved house is at the old one before and at the new one after",
    value=share(G.move_parted.col, G.move_days.col),
    text=pl.when(G.move_parted.col == 0)
    .then(pl.lit("home and the other place were in use side by side"))
    .otherwise(
        pl.format(
            "{} of the time one place was in use before, the other from {} on",
            percent(share(G.move_parted.col, G.move_days.col)),
            G.move_day.col.dt.to_string("%-d %B"),
        )
    ),
    sign=Sign.AGAINST,
)

MOVED_OUT = Factor(
    name="moved_out",
    theme=Theme.MOVING,
    asks="whether the group lived at home and left it at one moment",
    why="a child that moved out, or a device handed on, lives at home before and elsewhere after",
    innocent=(
        "a student goes and comes again; whether one who left for good belongs to the "
        "household is a question of policy, not of evidence"
    ),
    value=share(G.leave_parted.col, G.leave_days.col),
    text=pl.when(G.leave_parted.col == 0)
    .then(pl.lit("its days at home lie among its other days"))
    .otherwise(
        pl.format(
            "{} of its days at home are parted from those elsewhere by {}",
            percent(share(G.leave_parted.col, G.leave_days.col)),
            G.leave_day.col.dt.to_string("%-d %B"),
        )
    ),
    sign=Sign.EITHER,
)
