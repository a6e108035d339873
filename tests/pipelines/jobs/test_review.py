"""How the pages are opened: nobody comes in unasked but on a machine's own address."""

import polars as pl
import pytest
from starlette.testclient import TestClient

from detector.cases.open import open_store
from detector.cases.users import User, add_user
from detector.errors import InputError, SettingsError
from detector.kinds import Role
from pipelines.jobs.review import Serving, open_pages
from tests.detector.review.town import town_folder as town_folder
from tests.detector.review.town import write_town


@pytest.fixture
def cases(tmp_path):
    return str(tmp_path / "cases.db")


def first_page(app, host):
    return TestClient(app, base_url=f"http://{host}", follow_redirects=False).get("/queue")


class TestOpenPages:
    @pytest.mark.parametrize(
        ("spoil", "problem"),
        [
            pytest.param(lambda path: path.write_bytes(b"PAR1"), "cannot be read", id="broken"),
            pytest.param(
                lambda path: pl.read_parquet(path).drop("home_confidence").write_parquet(path),
                "lacks home_confidence",
                id="of an older version",
            ),
        ],
    )
    def test_accounts_that_cannot_be_shown_are_named(self, tmp_path, spoil, problem):
        folder = write_town(tmp_path / "town")
        spoil(folder / "accounts.parquet")
        with pytest.raises(InputError, match=problem):
            open_pages(folder, None, Serving())

    def test_whoever_sits_at_the_machine_comes_in(self, folder, cases):
        app = open_pages(folder, cases, Serving(by="ruiz"))
        assert "ruiz" in first_page(app, "127.0.0.1:8765").text

    def test_another_address_asks_for_users(self, folder, cases):
        outside = Serving(host="0.0.0.0")
        with pytest.raises(SettingsError, match="people must sign in"):
            open_pages(folder, None, outside)
        with pytest.raises(SettingsError, match="holds no users"):
            open_pages(folder, cases, outside)

    def test_with_users_another_address_asks_for_a_password(self, folder, cases):
        with open_store(cases) as store:
            add_user(store, User("ruiz", Role.LEAD), "admin", 1)
        app = open_pages(folder, cases, Serving(host="192.0.2.1"))
        assert first_page(app, "192.0.2.1:8765").headers["location"] == "/login"

    def test_a_header_is_not_believed_from_anybody(self, folder, cases):
        with pytest.raises(SettingsError, match="anybody could send"):
            open_pages(folder, cases, Serving(proxy_header="X-Remote-User"))

    def test_a_proxy_has_an_address(self, folder, cases):
        with open_store(cases) as store:
            add_user(store, User("ruiz", Role.LEAD), "admin", 1)
        with pytest.raises(SettingsError, match="is no address"):
            open_pages(folder, cases, Serving(proxy_header="X-User", proxies=("proxy",)))
