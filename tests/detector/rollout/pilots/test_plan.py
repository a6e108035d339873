"""A plan that cannot be carried out is refused where it is written."""

import pytest

from detector.errors import SettingsError
from detector.rollout.pilots.plan import PACKAGED, band_names, fingerprint, read_plan

TEXT = PACKAGED.read_text(encoding="utf-8")


def plan(*changes: tuple[str, str]):
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_plan(text, source="pilot.toml")


class TestReadPlan:
    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            (("hold_out = 0.1", "hold_out = 1.0"), "hold_out"),
            (("hold_out", "holdout"), "did you mean hold_out"),
            (('name = "converted"', 'name = "cancelled"'), "named twice"),
            (("[0.9, 0.99, 0.999]", "[0.99, 0.9]"), "rising"),
            (("harm_limit = 0.01", ""), "belong together"),
            (("baseline = 0.02", "baseline = 0.995"), "below 1"),
            (('kind = "count"\nbaseline = 0.05\nover_days = 30\nworth_seeing = 0.02\nspread = 2.0',
              'kind = "amount"\nbaseline = 0.05\nover_days = 30\nworth_seeing = 0.02'), "spread"),
        ],
        ids=lambda case: case if isinstance(case, str) else "",
    )  # fmt: skip
    def test_says_what_to_mend(self, change, problem):
        with pytest.raises(SettingsError, match=problem):
            plan(change)

    def test_comments_are_nothing_to_the_fingerprint(self):
        assert fingerprint(plan()) == fingerprint(plan(("days = 42", "days = 42 # six weeks")))
        assert fingerprint(plan()) != fingerprint(plan(("days = 42", "days = 41")))

    def test_there_may_be_no_bands(self):
        assert band_names([]) == ["all"]
