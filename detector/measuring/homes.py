"""Whether the household that is called home is the owner's, held against the truth."""

import dataframely as dy
import numpy as np
import polars as pl

from detector.kinds import SURE_OF_HOME
from detector.measuring.figures import HomeFigures
from detector.measuring.metrics import Rate, calibration_error, reliability_table
from detector.measuring.truth import Truth, TruthDevices
from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices

A, D = Accounts, Devices


class HomeCases(dy.Schema):
    """One truly shared account of which the run sees an external household.

    Built by `list_homes`.
    """

    account_id = dy.String(primary_key=True)
    is_right = dy.Bool(description="Home is mostly devices of the account's own household.")
    confidence = dy.Float64(min=0, max=1)
    elsewhere = dy.Int64(min=0, description="Devices of its external households.")
    owners_elsewhere = dy.Int64(min=0, description="Of these, those truly of its own household.")


def judge_homes(devices: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Ask the truth of each account whether its household 0 is mostly the owner's.

    Devices count by the days on which they were active; half of them is not most.

    Args:
        devices: account_id, device_id, household, active_days.
        truth: `TruthDevices`.

    Returns:
        account_id, is_right; accounts of whose home the truth knows no device are left out.

    Examples:
        Two devices of Bob's live at what is called home, but his borrower's was used more there:

        >>> devices = pl.DataFrame({"account_id": "bob", "device_id": ["phone", "tablet", "tv"],
        ...     "household": 0, "active_days": [3, 4, 30]})
        >>> truth = devices.select("account_id", "device_id", household=pl.Series([0, 0, 1]))
        >>> judge_homes(devices, truth).rows()
        [('bob', False)]
    """
    days = D.active_days.col.cast(pl.Int64)
    owner = pl.col("owner") == 0
    return (
        devices.filter(D.household.col == 0)
        .join(_owners(truth), on=[ACCOUNT, DEVICE])
        .group_by(ACCOUNT)
        .agg(is_right=2 * days.filter(owner).sum() > days.sum())
        .sort(ACCOUNT)
    )


def list_homes(
    accounts: dy.DataFrame[Accounts], devices: dy.DataFrame[Devices], truth: Truth
) -> dy.DataFrame[HomeCases]:
    """List the accounts of which it can be said whether home is the right one.

    Honest accounts are left out, as are ambiguous ones: of two places of one family neither is
    the wrong one, and to count them as right would praise whoever errs there.
    """
    shared = truth.accounts.filter(pl.col("label") == "shared")
    found = accounts.filter(A.external_households.col > 0).join(shared, on=ACCOUNT, how="semi")
    elsewhere = (
        devices.filter(D.household.col > 0)
        .join(_owners(truth.devices), on=[ACCOUNT, DEVICE])
        .group_by(ACCOUNT)
        .agg(elsewhere=pl.len(), owners_elsewhere=(pl.col("owner") == 0).sum())
    )
    return (
        found.select(ACCOUNT, confidence=A.home_confidence.col)
        .join(judge_homes(devices, truth.devices), on=ACCOUNT)
        .join(elsewhere, on=ACCOUNT, how="left")
        .with_columns(pl.col("elsewhere", "owners_elsewhere").fill_null(0))
        .sort(ACCOUNT)
        .select(HomeCases.column_names())
        .pipe(HomeCases.validate, cast=True)
    )


def measure_homes(cases: dy.DataFrame[HomeCases], sure_from: float = SURE_OF_HOME) -> HomeFigures:
    """Measure how often home is right, and how far `home_confidence` can be believed.

    Args:
        cases: From `list_homes`.
        sure_from: The confidence from which home is sure.

    Examples:
        Of two homes one is the owner's, and just that is promised of either:

        >>> cases = HomeCases.sample(overrides={
        ...     "account_id": ["ada", "bob"], "is_right": [True, False], "confidence": 0.5,
        ...     "elsewhere": 0, "owners_elsewhere": 0})
        >>> figures = measure_homes(cases)
        >>> figures.right.share, figures.calibration_error, figures.sure.hits
        (0.5, 0.0, 0)
    """
    is_right = cases[HomeCases.is_right.name].to_numpy().astype(np.bool_)
    confidence = cases[HomeCases.confidence.name].to_numpy()
    reliability = reliability_table(is_right, confidence)
    sure = cases.filter(HomeCases.confidence.col >= sure_from)
    return HomeFigures(
        right=Rate.from_counts(int(is_right.sum()), cases.height),
        mean_confidence=round(float(confidence.mean()), 6) if cases.height else None,
        calibration_error=calibration_error(reliability),
        sure=Rate.from_counts(sure.height, cases.height),
        right_if_sure=Rate.from_counts(int(sure[HomeCases.is_right.name].sum()), sure.height),
        owners_elsewhere=_owners_elsewhere(cases),
        owners_elsewhere_if_sure=_owners_elsewhere(sure),
        reliability=reliability,
    )


def _owners_elsewhere(cases: pl.DataFrame) -> Rate:
    mine, of = (int(cases[c.name].sum()) for c in (HomeCases.owners_elsewhere, HomeCases.elsewhere))
    return Rate.from_counts(mine, of)


def _owners(truth: pl.DataFrame) -> pl.DataFrame:
    """The true household of each device that has one."""
    household = TruthDevices.household.col
    return truth.select(ACCOUNT, DEVICE, owner=household).drop_nulls("owner")
