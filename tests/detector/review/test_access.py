"""Who may come in, what each role may do, and what a browser must prove."""

import pytest
from argon2 import PasswordHasher

from detector.cases.users import User, add_user, disable_user, set_role
from detector.kinds import Role
from detector.review.access.guard import HEADERS
from detector.review.access.people import MAY, Need
from detector.review.app import WAYS
from tests.detector.review.town import (
    HOST,
    NOW,
    ORIGIN,
    browser,
    open_town,
    post,
    token,
)

PASSWORD = "correct horse battery"
HASHED = PasswordHasher().hash(PASSWORD)
EXPECTED = {
    "/": "nothing",
    "/login": "nothing",
    "/logout": "nothing",
    "/queue": "look",
    "/search": "look",
    "/filters/save": "decide",
    "/filters/drop": "decide",
    "/account": "look",
    "/account/rows": "look",
    "/account/linked": "look",
    "/account/graph.graphml": "look",
    "/overview": "look",
    "/export.csv": "export",
    "/export.parquet": "export",
    "/next": "decide",
    "/answer": "decide",
    "/undo": "decide",
    "/release": "decide",
    "/done": "decide",
    "/help": "help",
    "/help/appeal": "help",
    "/team": "lead",
    "/team/lift": "lead",
}


@pytest.fixture
def closed(folder, store, clock):
    """The pages where people sign in: one user of each role."""
    for role in Role:
        add_user(store, User(f"a-{role}", role, HASHED), "admin", NOW)
    return open_town(folder, store=store, clock=clock, everybody=None)


def sign_in(app, name, password=PASSWORD, address="127.0.0.1"):
    client = browser(app, address)
    response = post(client, "/login", {"name": name, "password": password}, csrf="")
    return client, response


class TestRoles:
    def test_every_page_asks_what_was_agreed(self):
        assert {way.path: str(way.need) for way in WAYS} == EXPECTED

    @pytest.mark.parametrize("role", [*Role])
    def test_each_role_sees_its_pages_and_no_other(self, closed, role):
        client, _ = sign_in(closed, f"a-{role}")
        pages = {"/queue", "/help", "/team", "/overview", "/export.csv", "/account?id=bob"}
        for page in pages:
            need = Need(EXPECTED[page.partition("?")[0]])
            allowed = need in MAY[role]
            assert (client.get(page).status_code == 200) == allowed, page

    @pytest.mark.parametrize("role", ["viewer", "agent"])
    def test_who_may_not_decide_moves_nothing(self, closed, store, role):
        client, _ = sign_in(closed, f"a-{role}")
        known = token(client, "/help" if role == "agent" else "/queue")
        fields = {"id": "bob", "answer": "clear", "review_id": "r1"}
        assert post(client, "/answer", fields, csrf=known).status_code == 403
        with store.reading() as reading:
            assert reading.find_case("bob")["state"].item() == "open"

    def test_an_agent_sees_one_account_by_its_exact_id(self, closed):
        client, _ = sign_in(closed, "a-agent")
        assert client.get("/help?id=bo").status_code == 404
        page = client.get("/help?id=bob").text
        assert "To be read out" in page
        assert not {"bob-tv", "guest-tv", "Lille", "Paris"} & set(page.replace("<", " ").split())

    def test_a_new_role_holds_at_the_next_request(self, closed, store):
        client, _ = sign_in(closed, "a-viewer")
        assert client.get("/team").status_code == 403
        set_role(store, "a-viewer", Role.LEAD, "admin", NOW)
        assert client.get("/team").status_code == 200

    def test_who_is_disabled_is_out_at_the_next_request(self, closed, store):
        client, _ = sign_in(closed, "a-lead")
        disable_user(store, "a-lead", "admin", NOW)
        assert client.get("/queue").headers["location"] == "/login"


class TestSigningIn:
    def test_nobody_comes_in_unasked(self, closed):
        for way in WAYS:
            if way.need is not Need.NOTHING and way.method == "GET":
                response = browser(closed).get(way.path)
                assert response.status_code == 303, way.path
                assert response.headers["location"] == "/login"

    @pytest.mark.parametrize("name", ["a-lead", "nobody"])
    def test_a_wrong_password_says_no_more_than_that(self, closed, name):
        _, response = sign_in(closed, name, "wrong")
        assert response.status_code == 401
        assert "The name or the password is wrong." in response.text
        assert "set-cookie" not in response.headers

    def test_many_wrong_passwords_make_one_wait(self, closed, clock):
        for _ in range(5):
            sign_in(closed, "a-lead", "wrong")
        assert sign_in(closed, "a-lead")[1].status_code == 429
        clock.on(seconds=901)
        assert sign_in(closed, "a-lead")[1].status_code == 303

    def test_a_session_ends_when_nobody_uses_it(self, closed, clock):
        client, _ = sign_in(closed, "a-lead")
        clock.on(seconds=3500)
        assert client.get("/queue").status_code == 200
        clock.on(seconds=3700)
        assert client.get("/queue").status_code == 303

    def test_a_session_ends_after_a_day_however_much_it_is_used(self, closed, clock):
        client, _ = sign_in(closed, "a-lead")
        for _ in range(25):
            clock.on(seconds=1800)
            last = client.get("/queue").status_code
        assert last == 303

    def test_signing_in_begins_a_new_session(self, closed):
        client, _ = sign_in(closed, "a-lead")
        before = client.cookies["household"]
        post(client, "/login", {"name": "a-viewer", "password": PASSWORD}, csrf="")
        assert client.cookies["household"] != before
        old = browser(closed)
        old.cookies.set("household", before)
        assert old.get("/queue").status_code == 303

    def test_the_cookie_is_for_this_server_alone(self, closed, folder, store, clock):
        _, response = sign_in(closed, "a-lead")
        told = response.headers["set-cookie"].lower()
        assert "httponly" in told and "samesite=strict" in told and "path=/" in told
        secure = open_town(folder, store=store, clock=clock, everybody=None, scheme="https")
        response = browser(secure).post(
            "/login",
            data={"name": "a-lead", "password": PASSWORD},
            headers={"origin": f"https://{HOST}"},
        )
        told = response.headers["set-cookie"]
        assert told.startswith("__Host-household=") and "; Secure" in told

    def test_signing_out_ends_the_session(self, closed):
        client, _ = sign_in(closed, "a-lead")
        kept = client.cookies["household"]
        post(client, "/logout")
        client.cookies.set("household", kept)
        assert client.get("/queue").status_code == 303

    def test_no_password_is_kept_in_the_history(self, closed, store):
        sign_in(closed, "a-lead", "a-secret-that-is-wrong")
        with store.reading() as reading:
            told = "".join(reading.read_moves()["body"]) + "".join(reading.read_moves()["note"])
        assert "a-secret" not in told and PASSWORD not in told and HASHED not in told


class TestProxy:
    def test_a_header_is_believed_from_the_proxy_alone(self, folder, store, clock):
        add_user(store, User("ruiz", Role.LEAD), "admin", NOW)
        app = open_town(
            folder,
            store=store,
            clock=clock,
            everybody=None,
            proxies=frozenset({"192.0.2.9"}),
            proxy_header="x-remote-user",
        )
        sent = {"x-remote-user": "ruiz"}
        assert browser(app, "192.0.2.9").get("/team", headers=sent).status_code == 200
        assert browser(app, "192.0.2.8").get("/team", headers=sent).status_code == 303
        unknown = {"x-remote-user": "nobody"}
        assert browser(app, "192.0.2.9").get("/team", headers=unknown).status_code == 303


class TestGuard:
    @pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.method} {way.path}")
    def test_every_answer_carries_the_headers(self, town, way):
        response = browser(town).request(way.method, way.path, headers={"origin": ORIGIN})
        assert all(response.headers.get(name) == value for name, value in HEADERS.items())

    def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline(self):
        policy = HEADERS["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy and "http" not in policy and "*" not in policy

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8765.evil", ""])
    def test_another_name_is_refused(self, town, host):
        assert browser(town).get("/queue", headers={"host": host}).status_code == 421

    @pytest.mark.parametrize(
        "origin", ["http://evil.example", "null", None, f"https://{HOST}", f"{ORIGIN}.evil"]
    )
    def test_a_form_of_another_page_is_refused(self, eve, store, origin):
        fields = {"id": "bob", "answer": "clear", "review_id": "r"}
        assert post(eve, "/answer", fields, origin=origin).status_code == 403

    def test_a_browser_that_hides_the_origin_may_say_it_another_way(self, eve):
        said = {"sec-fetch-site": "same-origin"}
        assert post(eve, "/next", origin=None, headers=said).status_code == 303

    @pytest.mark.parametrize("csrf", ["", "guessed"])
    def test_a_form_without_the_token_moves_nothing(self, eve, csrf):
        eve.get("/queue")
        response = post(eve, "/answer", {"id": "bob", "answer": "clear"}, csrf=csrf)
        assert response.status_code == 403

    def test_the_token_of_another_session_is_refused(self, town, eve):
        assert post(eve, "/next", csrf=token(browser(town))).status_code == 403

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
    def test_other_verbs_are_not_answered(self, eve, method):
        assert eve.request(method, "/answer", headers={"origin": ORIGIN}).status_code == 405

    def test_a_huge_form_is_refused(self, eve):
        response = post(eve, "/answer", {"note": "x" * 100_000})
        assert response.status_code == 413

    @pytest.mark.parametrize("name", ["../desk.py", "NOTICE", "%2e%2e%2fdesk.py", "x.css"])
    def test_only_listed_files_are_given(self, eve, name):
        assert eve.get(f"/static/{name}").status_code == 404


class TestAudit:
    @pytest.mark.parametrize(
        "page",
        [
            "/account?id=bob",
            "/account/rows?id=bob&table=visits",
            "/account/linked?id=bob",
            "/account/graph.graphml?id=bob",
            "/help?id=bob",
        ],
    )
    def test_every_view_of_an_account_is_kept(self, eve, store, page):
        eve.get(page)
        with store.reading() as reading:
            moves = reading.read_moves("bob")
        views = moves.filter(moves["kind"] == "view")
        assert views["actor"].to_list() == ["eve"]
        assert page.partition("?")[0] in views["body"].item()

    def test_what_was_taken_home_is_kept(self, eve, store):
        eve.get("/export.csv?show=all")
        with store.reading() as reading:
            moves = reading.read_moves()
        assert '"rows":5' in moves.filter(moves["kind"] == "export")["body"].item()
