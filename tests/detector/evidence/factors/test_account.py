from detector.evidence.factors.account import OTHER_ACCOUNTS
from tests.detector.evidence.lives import AWAY, HOME
from tests.detector.evidence.scenes import value


class TestOtherAccounts:
    def test_a_device_on_several_accounts(self):
        assert value(OTHER_ACCOUNTS, HOME, AWAY, accounts={"tv-away": 3}) == 3
