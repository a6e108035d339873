"""When a log is too bad to judge anybody by."""

from datetime import date

import pytest

from detector.errors import InputError
from detector.log_settings import QualitySettings
from detector.runs.manifest import RowCounts
from pipelines.reading.quality import check_devices, check_rows

WEEKS = date(2026, 5, 1), date(2026, 5, 21)
QUALITY = QualitySettings()


class TestDevices:
    def test_that_never_come_back_are_none(self):
        with pytest.raises(InputError, match="10,000 events name 9,500 devices"):
            check_devices(9_500, 10_000, WEEKS, QUALITY)

    @pytest.mark.parametrize(
        ("devices", "rows", "days"),
        [
            (900, 10_000, WEEKS),
            (90, 100, WEEKS),
            (9_500, 10_000, (WEEKS[0], WEEKS[0])),
        ],
        ids=["come back", "too few to tell", "one day of sign-ins"],
    )
    def test_other_logs_are_read(self, devices, rows, days):
        check_devices(devices, rows, days, QUALITY)

    def test_the_limit_is_a_setting(self):
        check_devices(9_500, 10_000, WEEKS, QualitySettings(max_device_share=1))


class TestFailedSignIns:
    def test_are_no_fault_of_the_log(self):
        check_rows(RowCounts(read=100, kept=10, rejected={"failed_sign_in": 90}), QUALITY)

    def test_do_not_hide_what_is_wrong(self):
        counts = RowCounts(
            read=100, kept=6, rejected={"failed_sign_in": 90, "unreadable_address": 4}
        )
        with pytest.raises(InputError, match="4 of 10 rows cannot be used: 4 unreadable_address"):
            check_rows(counts, QUALITY)
