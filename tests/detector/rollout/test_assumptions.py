import numpy as np
import pytest

from detector.errors import SettingsError
from detector.rollout.assumptions.draws import fit, fit_beta, fit_gamma
from detector.rollout.assumptions.read import (
    DEFAULT,
    fingerprint,
    list_assumed,
    read_assumptions,
)
from detector.rollout.assumptions.rules import NO_FIGURE

TEXT = DEFAULT.read_text(encoding="utf-8")


def read(text=TEXT):
    return read_assumptions(text, source="mine.toml")


class TestFits:
    @pytest.mark.parametrize("ends", [(0.02, 0.35), (0.9, 1.1), (1e-3, 5.0), (0.2, 0.9)])
    def test_nine_tenths_of_a_gamma_lie_in_its_range(self, ends):
        assert fit_gamma(*ends).quantile(np.array([0.05, 0.95])) == pytest.approx(ends, rel=1e-6)

    @pytest.mark.parametrize("ends", [(0.01, 0.10), (0.3, 0.75), (0.45, 0.85), (0.9, 0.99)])
    def test_nine_tenths_of_a_beta_lie_in_its_range(self, ends):
        assert fit_beta(*ends).quantile(np.array([0.05, 0.95])) == pytest.approx(ends, rel=1e-4)

    @pytest.mark.parametrize("curve", [fit_gamma(0.3, 0.3), fit_beta(0.3, 0.3)])
    def test_a_number_that_is_known_is_never_another(self, curve):
        assert set(curve.draw(np.random.default_rng(1), 9)) == {0.3}

    @pytest.mark.parametrize("curve", [fit_gamma(0.02, 0.35), fit_beta(0.04, 0.18)])
    def test_draws_have_its_mean(self, curve):
        drawn = curve.draw(np.random.default_rng(1), 200_000)
        assert drawn.mean() == pytest.approx(curve.mean, rel=0.01)


class TestDefault:
    def test_each_number_has_a_source_and_fits(self):
        found = dict(list_assumed(read()))
        assert len(found) > 20
        assert all(each.source and fit(each).mean > 0 for each in found.values())

    def test_contacts_are_wide_and_labelled(self):
        contacts = read().propensity.contacts
        assert NO_FIGURE in contacts.source
        assert contacts.range[1] > 10 * contacts.range[0]

    def test_comments_change_no_hash_and_numbers_do(self):
        assert fingerprint(read("# mine\n" + TEXT)) == fingerprint(read())
        assert fingerprint(read(TEXT.replace("[2.5, 10.0]", "[2.5, 9.0]"))) != fingerprint(read())


class TestReadAssumptions:
    @pytest.mark.parametrize(
        ("written", "instead", "said"),
        [
            ("[0.02, 0.35]", "[0.35, 0.02]", "ends below its beginning"),
            ("[0.02, 0.35]", "[-0.02, 0.35]", "greater than or equal to 0"),
            ("[0.02, 0.35]", "[0.0, 0.35]", "above 0"),
            ("[0.16, 0.32]", "[0.16, 1.32]", "a share is below 1"),
            ("after_days = 28", "after_days = 7", "mild to harsh"),
            ("partner_spread", "partner_spred", "did you mean partner_spread"),
            ("verify_device = {", "shout = {", "treatments"),
        ],
    )
    def test_says_what_to_mend(self, written, instead, said):
        assert written in TEXT
        with pytest.raises(SettingsError) as caught:
            read(TEXT.replace(written, instead, 1))
        assert said in str(caught.value)
        assert "mine.toml" in str(caught.value)
