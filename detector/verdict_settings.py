"""Every number that is counted for the evidence, or makes a verdict of a probability."""

from pydantic import Field

from detector.log_settings import StageSettings


class EvidenceSettings(StageSettings):
    """What is counted for the evidence. Change a number here and the scorecard is another one.

    Its weights were fitted on observations made with these; after a change they no longer mean
    what they did, and want fitting anew (`python -m fixtures.fit`). What a factor makes of an
    observation (half a count that forgives thin data, the cells of a pair) is the model's own.
    """

    min_foothold_days: int = Field(default=5, ge=1)
    """Days at any places from which a group leads a life rather than left a trace. Only counted,
    once groups are made: which devices are a group is `[households] min_footing_days`' matter."""

    min_stay_days: int = Field(default=4, ge=1)
    """Days at its main place below which a group that is more on mobile networks and relays has
    no place of its own, so that nobody can know that it lives elsewhere."""

    min_lone_hops: float = Field(default=0.8, gt=0)
    """Addresses per day at its main place from which one carried device, alone there, is taken to
    be on a mobile network, whatever the log says of the line."""

    settled_days: int = Field(default=3, ge=0)
    """Days after an account's first in which its devices show up; one that comes later is new."""

    min_television_days: int = Field(default=4, ge=1)
    """Days with a profile, each profile's counted, from which a television shows whose it is."""

    slip_one_in: int = Field(default=10, ge=1)
    """Uses of a device of which a profile must be one to be its user's: less is a slip of the
    finger, and ties nobody to anybody."""

    min_circle_days: int = Field(default=3, ge=1)
    """Device-days from which a circle of devices around a television counts as one."""


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

    max_single_probability: float = Field(default=0.2, ge=0, le=1)
    """Probability up to which an account is said to be used by one household: about the share of
    accounts that are shared. Above it, what was seen speaks rather for another household, and what
    is neither is `insufficient_evidence`."""

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
