"""The call centre's page: one account by its id, what may be read out, an appeal; nothing else."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from detector.cases.actions import Act, appeal
from detector.cases.failures import UnknownCaseError
from detector.errors import SettingsError
from detector.review.access.people import Need
from detector.review.looking import keep_view
from detector.review.web import Visit, Way
from detector.schemas import Accounts
from detector.stories.first import tell_first
from detector.stories.say import SpeechRegister
from detector.stories.templates import Language

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español"}
NOTHING: dict[str, Any] = {
    "state": "",
    "noted": "",
    "language": str(Language.ENGLISH),
    "languages": LANGUAGES,
}


def show_help(visit: Visit) -> Response:
    """Find an account by its exact id; no list, no search by anything else."""
    index, asked = visit.desk.index, visit.asked("id")
    # An id may begin or end with a blank; one that was pasted need not.
    account_id = asked if index.find(asked) is not None else asked.strip()
    if not account_id:
        return visit.page("agent.html", account_id="", first=None, **NOTHING)
    if index.find(account_id) is None:
        return visit.page("agent.html", 404, account_id=account_id, first=None, **NOTHING)
    keep_view(visit, account_id)
    language = _language(visit.asked("language"))
    account = visit.desk.files.read(Accounts, account_id).row(0, named=True)
    return visit.page(
        "agent.html",
        account_id=account_id,
        first=tell_first(account, language, SpeechRegister.PERSON),
        language=str(language),
        languages=LANGUAGES,
        state=_state(visit, account_id),
        noted=visit.asked("noted"),
    )


def _language(told: str) -> Language:
    return Language(told) if told in [*Language] else Language.ENGLISH


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
