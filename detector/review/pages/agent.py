"""The call centre's page: one account by its id, what may be read out, an appeal; nothing else."""

from urllib.parse import quote

from starlette.responses import Response

from detector.cases.actions import Act, appeal
from detector.cases.failures import UnknownCaseError
from detector.errors import SettingsError
from detector.review.access.people import Need
from detector.review.looking import keep_view
from detector.review.web import Visit, Way


def show_help(visit: Visit) -> Response:
    """Find an account by its exact id; no list, no search by anything else."""
    account_id = visit.asked("id").strip()
    if not account_id:
        return visit.page("agent.html", account_id="", text="", state="", noted="")
    row = visit.desk.index.find(account_id)
    if row is None:
        return visit.page("agent.html", 404, account_id=account_id, text="", state="", noted="")
    keep_view(visit, account_id)
    told = visit.desk.index.read_rows([row], ["summary"]).row(0)[0]
    text = told if visit.desk.index.flagged[row] else ""
    return visit.page(
        "agent.html",
        account_id=account_id,
        text=text or "This account is not flagged; nothing was done to it because of its use.",
        state=_state(visit, account_id),
        noted=visit.asked("noted"),
    )


def note_appeal(visit: Visit) -> Response:
    """Note that the account holder objects: nothing is in force from here on."""
    store = visit.desk.store
    if store is None:
        raise SettingsError("Nothing can be noted here.", hint="start with --cases")
    account_id = visit.form.get("id", "")
    note = visit.form.get("note", "").strip()
    if not note:
        raise SettingsError("What does the account holder say?", hint="write it into the note")
    appeal(store, Act(account_id, visit.person.name, visit.desk.clock(), note))
    return visit.go(f"/help?id={quote(account_id, safe='')}&noted=yes")


def _state(visit: Visit, account_id: str) -> str:
    if visit.desk.store is None:
        return ""
    with visit.desk.store.reading() as reading:
        try:
            return reading.find_case(account_id)["state"].item()
        except UnknownCaseError:
            return ""


WAYS = (
    Way("/help", "GET", Need.HELP, show_help),
    Way("/help/appeal", "POST", Need.HELP, note_appeal),
)
