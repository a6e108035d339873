import pytest
from sqlalchemy import update

from detector.cases.reviewing import claim, claims
from detector.cases.rows import USERS
from detector.cases.users import (
    User,
    UserError,
    add_user,
    disable_user,
    find_user,
    list_users,
    record_login,
    set_password_hash,
    set_role,
)
from detector.cases.verify import verify_chain
from detector.errors import SettingsError
from detector.kinds import Role
from tests.detector.cases.builders import at

ADA = User("ada", Role.REVIEWER, "$argon2id$...")


def found(store, name="ada", **options):
    with store.reading() as reading:
        return find_user(reading, name, **options)


class TestUsers:
    def test_come_back_as_they_were_added(self, store):
        add_user(store, ADA, "root", at())
        assert found(store) == ADA
        assert found(store, "bob") is None

    def test_are_listed_without_what_their_passwords_hash_to(self, store):
        add_user(store, User("bob", Role.AGENT), "root", at())
        add_user(store, ADA, "root", at())
        with store.reading() as reading:
            listed = list_users(reading)
        assert listed["name"].to_list() == ["ada", "bob"]
        assert "password_hash" not in listed.columns

    @pytest.mark.parametrize("name", ["ada", "Ada", "ADA"])
    def test_a_name_is_given_once(self, store, name):
        add_user(store, ADA, "root", at())
        with pytest.raises(UserError, match="already"):
            add_user(store, User(name, Role.ADMIN), "root", at())

    def test_a_name_is_not_given_again_to_somebody_else(self, store):
        add_user(store, ADA, "root", at())
        disable_user(store, "ada", "root", at())
        with pytest.raises(UserError, match="already"):
            add_user(store, ADA, "root", at())

    @pytest.mark.parametrize("name", ["", " ", " ada", "a" * 101, "a\x1b[31m", "a\u202eb"])
    def test_a_name_can_be_shown(self, file_store, name):
        with pytest.raises(SettingsError):
            add_user(file_store, User(name, Role.VIEWER), "root", at())

    def test_a_disabled_one_cannot_be_found_and_holds_nothing(self, store):
        add_user(store, ADA, "root", at())
        claim(store, "acc-1", "ada", at())
        disable_user(store, "ada", "root", at())
        assert found(store) is None
        assert found(store, disabled=True).disabled
        with store.reading() as reading:
            assert claims(reading, at()).is_empty()

    def test_can_be_given_another_role_and_password(self, store):
        add_user(store, ADA, "root", at())
        set_role(store, "ada", Role.LEAD, "root", at())
        set_password_hash(store, "ada", "$argon2id$other", "ada", at())
        assert found(store) == User("ada", Role.LEAD, "$argon2id$other")

    @pytest.mark.parametrize(
        "change",
        [
            lambda store: disable_user(store, "eve", "root", at()),
            lambda store: set_role(store, "eve", Role.LEAD, "root", at()),
            lambda store: set_password_hash(store, "eve", "", "root", at()),
        ],
    )
    def test_of_nobody_nothing_is_changed(self, file_store, change):
        with pytest.raises(UserError, match="no user 'eve'"):
            change(file_store)

    def test_each_change_and_login_is_in_the_history_without_the_hash(self, store):
        add_user(store, ADA, "root", at())
        record_login(store, "ada", at(), succeeded=False)
        disable_user(store, "ada", "root", at())
        with store.reading() as reading:
            moves = reading.read_moves()
        assert moves["kind"].to_list() == ["user", "login", "user"]
        assert moves["actor"].to_list() == ["root", "ada", "root"]
        assert not any("argon2" in body for body in moves["body"])

    @pytest.mark.parametrize(
        "change", [{"role": "admin"}, {"disabled": False}, {"password_hash": "mine"}], ids=str
    )
    def test_one_changed_behind_the_stores_back_shows(self, store, change):
        add_user(store, ADA, "root", at())
        disable_user(store, "ada", "root", at())
        assert verify_chain(store).breaks == ()
        with store.engine.begin() as connection:
            connection.execute(update(USERS).values(change))
        assert "'ada' of users" in verify_chain(store).breaks[0]
