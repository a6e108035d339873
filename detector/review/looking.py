"""A look at an account: where its page is, who looked, who holds it."""

from urllib.parse import quote, urlencode

from detector.cases.reviewing import record_view
from detector.review.holding import Looked, look
from detector.review.web import Visit


def account_address(account_id: str, inside: str) -> str:
    """Where the page of an account is, with the queue that it is looked at in."""
    return f"/account?{urlencode({'id': account_id, 'in': inside}, quote_via=quote)}"


def look_at(visit: Visit, account_id: str) -> Looked | None:
    """Keep that an account was looked at, and hold it for whoever may decide."""
    store = visit.desk.store
    if store is None:
        return None
    return look(visit.desk, store, account_id, visit.person, visit.request.url.path)


def keep_view(visit: Visit, account_id: str) -> None:
    """Every look at an account is audited."""
    if visit.desk.store is not None:
        page = visit.request.url.path
        record_view(visit.desk.store, account_id, visit.person.name, visit.desk.clock(), page)
