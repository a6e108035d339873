"""The queue: accounts under a filter, in an order, a page at a time; and the search."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from detector.cases import filters
from detector.cases.filters import SavedFilter
from detector.cases.store import CaseStore
from detector.errors import SettingsError
from detector.review.access.people import Need
from detector.review.filters import ORDERS, SHOWN, SIZES, QueueFilter, read_filter
from detector.review.queue import NO_CASE, Queue, Standing
from detector.review.web import Visit, Way

SHOWN_FEW = 8
"""Values of a filter that are shown at once; the others unfold."""
MOST_FOUND = 50
TITLES = {
    "status": "Case",
    "verdict": "Verdict",
    "pattern": "Pattern",
    "reason": "Reason",
    "partner": "Partner",
    "country": "Country",
}


@dataclass(frozen=True)
class FilterValue:
    """One value of a filter, how many accounts it would leave, whether it is chosen."""

    value: str
    accounts: int
    chosen: bool


@dataclass(frozen=True)
class FilterValues:
    """The values of one filter: a few at once, the rest folded."""

    name: str
    title: str
    few: tuple[FilterValue, ...]
    more: tuple[FilterValue, ...]


@dataclass(frozen=True)
class QueueRow:
    """One account in the list."""

    account_id: str
    summary: str
    verdict: str
    flagged: bool
    probability: float
    pattern: str
    households: int
    active_days: int
    partner: str
    country: str
    status: str


@dataclass(frozen=True)
class SavedRow:
    """A filter that the team keeps."""

    name: str
    query: str
    saved_by: str
    at_us: int
    may_drop: bool


def show_queue(visit: Visit) -> Response:
    """The list under the filter of the address."""
    wanted = read_filter(visit.request.url.query)
    standing = visit.desk.standings.now()
    found = visit.desk.queues.answer(wanted, standing)
    pages = found.pages(wanted.size)
    turns = {
        "before": wanted.turned(wanted.page - 1).query if wanted.page > 1 else None,
        "after": wanted.turned(wanted.page + 1).query if wanted.page < pages else None,
    }
    return visit.page(
        "queue.html",
        wanted=wanted,
        found=found,
        rows=list_rows(visit, found, standing),
        pages=pages,
        turns=turns,
        choices=_choices(wanted, found),
        shown={each: replace(wanted, show=each, page=1).query for each in SHOWN},
        names=SHOWN,
        orders=ORDERS,
        sizes=SIZES,
        saved=read_saved(visit),
    )


def list_rows(visit: Visit, found: Queue, standing: Standing) -> list[QueueRow]:
    """What the page shows of its accounts; of all others no text is read."""
    index = visit.desk.index
    told = index.read_rows(found.rows, ["account_id", "summary"])
    facets = index.facets
    return [
        QueueRow(
            account_id=account_id,
            summary=summary,
            verdict=_value(facets["verdict"], row),
            flagged=bool(index.flagged[row]),
            probability=float(index.probability[row]),
            pattern=_value(facets["pattern"], row),
            households=int(index.external_households[row]),
            active_days=int(index.active_days[row]),
            partner=_value(facets["partner"], row),
            country=_value(facets["country"], row),
            status=NO_CASE if standing.state is None else standing.states[standing.state[row]],
        )
        for row, (account_id, summary) in zip(found.rows, told.iter_rows(), strict=True)
    ]


def search(visit: Visit) -> Response:
    """Accounts by their id, by a device's, or by a city; exact ids lead straight to the page."""
    asked = visit.asked("q").strip()
    desk = visit.desk
    if asked and desk.index.find(asked) is not None:
        return visit.go(f"/account?id={quote(asked, safe='')}")
    devices = desk.files.find_device(asked)[:MOST_FOUND] if asked else []
    places = desk.files.find_place(asked, MOST_FOUND) if asked else []
    near = _beginning(desk.index.accounts, asked)
    return visit.page(
        "search.html", asked=asked, devices=devices, places=places, near=near, most=MOST_FOUND
    )


def save_filter(visit: Visit) -> Response:
    """Keep the filter of the address under a name, for everybody at these pages."""
    query = read_filter(visit.form.get("query", "")).turned(1).query
    name, person = visit.form.get("name", "").strip(), visit.person
    saved = SavedFilter(name, query, person.name, visit.desk.clock())
    filters.save_filter(_store(visit), saved, lead=person.may(Need.LEAD))
    return visit.go(f"/queue?{query}")


def drop_filter(visit: Visit) -> Response:
    """Forget a filter: one's own, or as a lead anybody's."""
    person, now = visit.person, visit.desk.clock()
    name = visit.form.get("name", "")
    filters.drop_filter(_store(visit), name, person.name, now, lead=person.may(Need.LEAD))
    return visit.go("/queue")


def read_saved(visit: Visit) -> list[SavedRow]:
    """The filters that the team keeps; one that no longer reads as such is passed over."""
    store, person = visit.desk.store, visit.person
    if store is None:
        return []
    with store.reading() as reading:
        kept = filters.saved_filters(reading)
    rows: list[SavedRow] = []
    for each in kept:
        mine = person.may(Need.DECIDE) and (person.may(Need.LEAD) or each.saved_by == person.name)
        with suppress(SettingsError):
            query = read_filter(each.query).query
            rows.append(SavedRow(each.name, query, each.saved_by, each.at_us, mine))
    return rows


def _store(visit: Visit) -> CaseStore:
    if visit.desk.store is None:
        raise SettingsError("Filters are kept in a case store, and none is open.", hint="--cases")
    return visit.desk.store


def _choices(wanted: QueueFilter, found: Queue) -> list[FilterValues]:
    listed: list[FilterValues] = []
    for name, title in TITLES.items():
        chosen: tuple[str, ...] = getattr(wanted, name)
        counts = found.counts[name]
        values = [FilterValue(v, n, v in chosen) for v, n in counts.items()]
        values += [FilterValue(v, 0, True) for v in chosen if v not in counts]
        first = sorted(values, key=lambda each: not each.chosen)
        few = max(SHOWN_FEW, len(chosen))
        listed.append(FilterValues(name, title, tuple(first[:few]), tuple(first[few:])))
    return listed


def _beginning(accounts: Any, asked: str) -> list[str]:  # noqa: ANN401 - a series of ids
    """Ids that begin so: they lie together, as the ids are sorted."""
    if not asked:
        return []
    at = accounts.search_sorted(asked)
    found = accounts.slice(at, MOST_FOUND)
    return found.filter(found.str.starts_with(asked)).to_list()


def _value(facet: Any, row: int) -> str:  # noqa: ANN401 - a facet
    return facet.values[facet.codes[row]]


WAYS = (
    Way("/queue", "GET", Need.LOOK, show_queue),
    Way("/search", "GET", Need.LOOK, search),
    Way("/filters/save", "POST", Need.DECIDE, save_filter),
    Way("/filters/drop", "POST", Need.DECIDE, drop_filter),
)
