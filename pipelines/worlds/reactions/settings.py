"""How people answer what is done to their accounts, each number with unit and source.

Other curves than a forecast's own, on purpose: a world that drew its answers from the ranges by
which they are forecast could only say that the forecast is right.
"""

from typing import Self

from pydantic import Field, model_validator

from pipelines.worlds.line_settings import Share, WorldPart

MONTH_DAYS = 30
"""Days of a simulated month: months of one length can be compared."""


class Leanings(WorldPart):
    """What a household does once it is treated with full strength: shares that exclude each other.

    Those left over do nothing, until something else is done to them.
    """

    complied: Share = Field(default=0.0, ge=0, le=1)
    """Devices elsewhere stop."""

    converted: Share = Field(default=0.0, ge=0, le=1)
    """Borrowers leave, and come back as subscribers."""

    extra_member: Share = Field(default=0.0, ge=0, le=1)
    """One household elsewhere is paid for; those beyond it stop."""

    cancelled: Share = Field(default=0.0, ge=0, le=1)
    """The whole account falls silent."""

    evaded: Share = Field(default=0.0, ge=0, le=1)
    """Televisions go through the line at home, what is carried checks in there by the calendar."""

    verified: Share = Field(default=0.0, ge=0, le=1)
    """A code is sent back, and all goes on."""

    appealed: Share = Field(default=0.0, ge=0, le=1)
    """Besides any of these: who says that it is wrong."""

    @model_validator(mode="after")
    def _is_a_share(self) -> Self:
        if sum(getattr(self, name) for name in WAYS) > 1:
            raise ValueError(f"{', '.join(WAYS)} exclude each other: their sum is at most 1")
        return self


WAYS = ("complied", "converted", "extra_member", "cancelled", "evaded", "verified")
"""What excludes each other, in the order in which lots are laid out."""


class ContactSettings(WorldPart):
    """Who rings, when, and over which channel. No operator has published call volumes: all of it
    is our estimate.
    """

    chance: dict[str, Share] = Field(
        default={
            "notify": 0.07,
            "verify_device": 0.15,
            "offer_extra_member": 0.06,
            "offer_profile_transfer": 0.06,
            "limit_external_devices": 0.2,
            "pause_external_devices": 0.3,
        }
    )
    """Accounts that ask about a treatment, by treatment."""

    honest_factor: float = Field(default=1.6, ge=0)
    """Times as often if nobody elsewhere uses the account: they have something to explain."""

    again: Share = Field(default=0.2, ge=0, lt=1)
    """Contacts after which there is another one about the same."""

    partner_factors: tuple[float, float] = (0.6, 1.7)
    """Between which partners lie, one figure for each, evenly in the logarithm."""

    median_days: float = Field(default=2.5, gt=0)
    """Days to a contact at the median; a vendor (Rupt) tells of a rise of one to two weeks."""

    shape: float = Field(default=1.7, gt=0)
    """Of the log-logistic curve of delays: one in ten comes later than 9 days."""

    latest_days: int = Field(default=45, ge=1)
    """After so many days it is about something else."""

    channels: dict[str, Share] = Field(default={"phone": 0.72, "chat": 0.28})
    """Shares of the channels."""

    put_off: Share = Field(default=0.6, ge=0, le=1)
    """Contacts of a weekend that wait for Monday."""

    hours: tuple[tuple[float, float], ...] = (
        (0.0, 9.0),
        (0.15, 10.0),
        (0.35, 11.5),
        (0.5, 13.5),
        (0.7, 16.5),
        (0.9, 19.0),
        (1.0, 20.5),
    )
    """Quantiles of the local hour."""


class FrictionSettings(WorldPart):
    """What honest payers meet where the change is under way: codes asked of their own devices."""

    asked: Share = Field(default=0.25, ge=0, lt=1)
    """Paying subscribers asked for a code within `within_days` (Bespoke, October 2023)."""

    within_days: int = Field(default=182, ge=1)
    """Six months."""

    contacts: Share = Field(default=0.05, ge=0, le=1)
    """Of those asked, who ask for help; our estimate."""

    cancelled: Share = Field(default=0.006, ge=0, le=1)
    """Of those asked, who cancel over it; our estimate."""


class ReactionSettings(WorldPart):
    """Answers to treatments, and what happens without any."""

    horizon_months: int = Field(default=6, ge=1)
    """Months that the world is thought out for. Months of it can be written one after the other,
    and what was written before stays as it was; another horizon is another world."""

    strength: dict[str, Share] = Field(
        default={
            "none": 0.0,
            "notify": 0.35,
            "verify_device": 0.75,
            "offer_extra_member": 0.5,
            "offer_profile_transfer": 0.55,
            "limit_external_devices": 0.85,
            "pause_external_devices": 1.0,
        }
    )
    """How much of the leanings a treatment brings out; our estimate, the mildest first."""

    blocked: dict[str, Share] = Field(
        default={"limit_external_devices": 0.4, "pause_external_devices": 0.9}
    )
    """Of those who would do nothing, whose devices elsewhere stop because they are stopped."""

    sharers: Leanings = Leanings(
        complied=0.26,
        converted=0.23,
        extra_member=0.07,
        cancelled=0.05,
        evaded=0.1,
        verified=0.05,
        appealed=0.03,
    )
    """Accounts with borrowers. Of these 32 % of the blocked took an account of their own against
    22 % of the others, partly stated (MoffettNathanson and PCH, Q3 2023); 6-64 % of the challenged
    is one vendor's claim (Rupt). In Spain cancellations tripled for a quarter (Kantar)."""

    torn: Leanings = Leanings(
        complied=0.12,
        converted=0.05,
        extra_member=0.1,
        cancelled=0.06,
        verified=0.3,
        appealed=0.12,
    )
    """Students, children of two homes: policy decides what they are; our estimate."""

    honest: Leanings = Leanings(verified=0.5, cancelled=0.03, appealed=0.15)
    """One household, flagged by mistake; our estimate."""

    leave_median_days: float = Field(default=5.0, gt=0)
    """Days from a treatment to the answer at the median; 7 or 14 days of grace are usual."""

    leave_shape: float = Field(default=1.8, gt=0)
    """Of the log-logistic curve of these days."""

    back_at_once: Share = Field(default=0.45, ge=0, le=1)
    """Converts who are back within three days; our estimate."""

    back_median_days: float = Field(default=60.0, gt=0)
    """Days to the return of the others at the median: sign-ups stayed high for about two years
    (Antenna)."""

    back_shape: float = Field(default=1.1, gt=0)
    """Of the log-logistic curve of these days: one in six takes longer than nine months."""

    new_ids: Share = Field(default=0.3, ge=0, le=1)
    """Devices that have another id on the new account; our estimate."""

    own_account: Share = Field(default=0.22, ge=0, lt=1)
    """Borrowers who take an account of their own within `own_account_days` although nobody is
    treated: 22 % of the unblocked, partly stated (MoffettNathanson and PCH, Q3 2023)."""

    own_account_days: int = Field(default=180, ge=1)
    """About the time that the survey asked about."""

    cancelled_per_month: Share = Field(default=0.02, ge=0, lt=1)
    """Accounts cancelled in a month, whatever is done to them; our estimate, close to Antenna's
    figures of the largest services."""

    check_in_days: int = Field(default=29, ge=1)
    """Days between check-ins of who evades: below the 31 that services ask for (FACTS)."""

    contacts: ContactSettings = ContactSettings()
    friction: FrictionSettings = FrictionSettings()
