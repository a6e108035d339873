"""The run as a whole: probabilities, patterns, partners, countries, a threshold to try."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from starlette.responses import Response

from detector.charts.histogram import draw_histogram
from detector.errors import SettingsError
from detector.review.access.people import Need
from detector.review.answers import read_answers
from detector.review.queue import Standing
from detector.review.reliability import draw_sign, tell_reliability
from detector.review.trying import KnownOfRun, read_selftest, try_threshold
from detector.review.web import Visit, Way
from detector.runs.messages import CHANGES

BINS = 20
FEW = 10
"""Fewer accounts than these are nobody's business: a cell of them might be told apart."""
MOST_CELLS = 25


@dataclass(frozen=True)
class CountCell:
    """One partner, country or pattern."""

    name: str
    accounts: int
    flagged: int | None
    """None: too few to tell."""


@dataclass(frozen=True)
class Waiting:
    """How long cases wait."""

    cases: int
    oldest_days: int | None


def show_overview(visit: Visit) -> Response:
    """The figures of the run, with a threshold that may be moved."""
    desk = visit.desk
    index, standing = desk.index, desk.standings.now()
    threshold = _share(visit.asked("threshold"), _usual(visit))
    answers = read_answers(desk.store)
    known = KnownOfRun(index, desk.manifest, answers, read_selftest(desk.files.folder))
    return visit.page(
        "overview.html",
        accounts=index.size,
        flagged=int(index.flagged.sum()),
        histogram=_histogram(visit),
        trial=try_threshold(known, threshold),
        reliability=tell_reliability(answers),
        sign=draw_sign,
        usual=_usual(visit),
        patterns=count_cells(visit, "pattern"),
        partners=count_cells(visit, "partner"),
        countries=count_cells(visit, "country"),
        changes=_changes(visit),
        waiting=tell_waiting(standing, visit),
        days=desk.manifest.window,
        few=FEW,
    )


def count_cells(visit: Visit, name: str) -> list[CountCell]:
    """Accounts and flagged ones by value; small cells are not told.

    If a single cell were left out, the total would tell it: then the next smallest is, too.
    """
    facet = visit.desk.index.facets[name]
    size = len(facet.values)
    accounts = np.bincount(facet.codes, minlength=size)
    flagged = np.bincount(facet.codes[visit.desk.index.flagged], minlength=size)
    order = sorted(range(size), key=lambda i: (-accounts[i], facet.values[i]))
    told = [i for i in order if accounts[i] >= FEW]
    hidden = [i for i in order if 0 < flagged[i] < FEW and i in told]
    shown = [i for i in told if i not in hidden]
    if len(hidden) == 1 and shown:
        hidden.append(min(shown, key=lambda i: (flagged[i], i)))
    return [
        CountCell(
            facet.values[i] or "not known",
            int(accounts[i]),
            None if i in hidden else int(flagged[i]),
        )
        for i in told[:MOST_CELLS]
    ]


def tell_waiting(standing: Standing, visit: Visit) -> Waiting:
    """The oldest case that waits for a look, not the newest."""
    if standing.state is None or standing.since is None:
        return Waiting(0, None)
    waits = [standing.states.index(name) for name in ("open", "under_review")]
    chosen = np.isin(standing.state, waits)
    if not chosen.any():
        return Waiting(0, None)
    today = (visit.desk.today.toordinal()) - _EPOCH
    return Waiting(int(chosen.sum()), max(today - int(standing.since[chosen].min()), 0))


_EPOCH = 719_163
"""The ordinal of 1 January 1970."""


def _histogram(visit: Visit) -> Markup:
    index = visit.desk.index
    bins = np.minimum((index.probability * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS).tolist()
    flagged = np.bincount(bins[index.flagged], minlength=BINS).tolist()
    return draw_histogram(counts, flagged) if index.size else Markup("")


def _usual(visit: Visit) -> float:
    """The least probability that the run flagged at; in hundredths, downwards."""
    index = visit.desk.index
    least = index.probability[index.flagged].min() if index.flagged.any() else 0.99
    return int(float(least) * 1000) / 1000


def _share(told: str, usual: float) -> float:
    if not told:
        return usual
    try:
        share = float(told)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise SettingsError(f"{told[:20]!r} is no threshold.", hint="give a share from 0 to 1")
    return share


def _changes(visit: Visit) -> Mapping[str, int]:
    """Flags that are new, stay or are gone since the run before, as the run itself tells."""
    path = visit.desk.files.folder / CHANGES
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as lines:
        counts = Counter(str(json.loads(line).get("change")) for line in lines if line.strip())
    return dict(sorted(counts.items()))


WAYS = (Way("/overview", "GET", Need.LOOK, show_overview),)
