import polars as pl
import pytest

from detector.events.words import FAILED, LOGIN, PLAYBACK_START, is_refusal, read_event_types


@pytest.mark.parametrize(
    "word",
    [
        *("login_failed", "LoginFailed", "auth_error", "user.authentication.failure", "failure"),
        *("sign-in denied", "signin_rejected", "invalid_credentials", "wrong_password"),
        *("login.blocked", "mfa_denied", "user.session.failure", "Logon Failure", "unauthorized"),
    ],
)
def test_a_sign_in_that_failed_is_known(word):
    assert read_event_types(pl.Series([word])).item() == FAILED


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("login", LOGIN),
        ("authorization_granted", LOGIN),
        ("playback_error", "playback_error"),
        ("stream_start_failed", PLAYBACK_START),
        ("payment_failed", "payment_failed"),
        ("design_error", "design_error"),
    ],
)
def test_other_faults_and_other_sign_ins_are_not(word, kind):
    assert read_event_types(pl.Series([word])).item() == kind


@pytest.mark.parametrize("word", ["FAILURE", "denied", "false", "Invalid_Credentials", "locked"])
def test_outcomes_that_came_to_nothing(word):
    assert is_refusal(pl.Series([word], dtype=pl.String)).item()


@pytest.mark.parametrize("word", ["SUCCESS", "true", "allow", "", None])
def test_outcomes_that_did_not(word):
    assert not is_refusal(pl.Series([word], dtype=pl.String)).item()
