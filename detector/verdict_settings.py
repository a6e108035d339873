"""Every number that makes a verdict of a probability."""

from pydantic import Field

from detector.log_settings import StageSettings


class VerdictSettings(StageSettings):
    """When a probability becomes a verdict."""

    resold_households: int = Field(default=5, ge=2)
    """External households from which an account is a business rather than a favour."""

    min_own_days: int = Field(default=5, ge=1)
    """Days at a place of its own from which a group without a television is a household of its
    own, beside another external one."""

    min_twin_share: float = Field(default=0.6, ge=0, le=1)
    """Profiles in common from which two external households are one at two places. With more
    than two, the profile is one that everybody borrows."""

    min_active_days: int = Field(default=5, ge=1)
    """Days of use below which nothing can be known."""

    min_doubled_days: int = Field(default=7, ge=1)
    """Days on which one television played at two places at once, from which two bear its id and
    nobody can know who uses which. Of 4,500 accounts of worlds where lines fail over to others,
    an honest one and a shared one come so far."""

    min_external_probability: float = Field(default=0.5, ge=0, le=1)
    """A group more likely elsewhere than not counts as an external household."""

    threshold: float | None = Field(default=None, ge=0, le=1)
    """Probability from which an account is flagged; none: the model's own, chosen on held-out
    worlds for the precision stated in the model file."""

    min_home_confidence: float = Field(default=0.9, ge=0, le=1)
    """How surely household 0 must be home before a flagged account's summary calls it so, and
    devices of the others borrowed. Below, nobody is told whose account it is: either side may be
    the owner's."""

    release_margin_bits: float = Field(default=2.0, ge=0, allow_inf_nan=False)
    """Bits below the threshold at which an account flagged by the previous run is flagged no
    longer: each halves the odds; nineteen in twenty accounts near the threshold move less than
    that in a day (`fixtures.stability`)."""
