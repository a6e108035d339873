"""One household's own life put beside itself: whom the detector takes for two."""

from collections.abc import Iterator
from datetime import date

import dataframely as dy
import polars as pl

from detector.schemas import ACCOUNT, Sightings
from detector.selftest.copies import put_beside
from detector.selftest.figures import BesideFigures, Spans
from detector.selftest.outcomes import Judge, ProofOutcomes, rate

O = ProofOutcomes  # noqa: E741 - as every table is called by its first letter

MIN_MET_SHARE = 0.8
"""Share of the days of two lives on which they are on one line, from which they are surely one
household's: below, the line is another one in the other half, or somebody moved."""


def try_beside(
    accounts: dy.DataFrame[Sightings], window: tuple[date, date], judge: Judge
) -> tuple[BesideFigures, ...]:
    """Put the days, the weeks and the halves of a window side by side, and judge that.

    A day and the next are nearly always on one line, but make no weekly rhythm; two halves make
    one, but are on one line only where an address is kept for weeks.

    Args:
        accounts: That look like one household.
        window: Its first and its last day.
        judge: What they are judged by, which knows devices by their other names, too.
    """
    return tuple(_try_spans(accounts, window, judge))


def _try_spans(
    accounts: dy.DataFrame[Sightings], window: tuple[date, date], judge: Judge
) -> Iterator[BesideFigures]:
    days = (window[1] - window[0]).days + 1
    spans: dict[Spans, int] = {"days": 1, "weeks": 7, "halves": days // 14 * 7}
    least = judge.settings.verdicts.min_active_days
    together = (pl.col("days") >= least) & (pl.col("met") >= MIN_MET_SHARE * pl.col("days"))
    for name, span in spans.items():
        if not 0 < 2 * span <= days:
            continue
        beside, met = put_beside(accounts, window[0], span)
        certain = met.filter(together)
        found = judge.hear(beside.join(certain, on=ACCOUNT, how="semi"))
        yield BesideFigures(
            spans=name,
            flagged=rate(found[O.flagged.name]),
            found=rate(found[O.external_households.name] > 0),
            left_out=accounts[ACCOUNT].n_unique() - certain.height,
        )
