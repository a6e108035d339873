"""Devices seen too little to be tied → the household whose profiles they use."""

import polars as pl

from detector.profiles import count_profile_days
from detector.schemas import Visits
from detector.settings import HouseholdSettings

V = Visits
ACCOUNT, DEVICE = V.account_id.name, V.device_id.name
WHOLE = 1_000_000


def adopt_strays(
    visits: pl.DataFrame, labels: pl.DataFrame, settings: HouseholdSettings
) -> pl.DataFrame:
    """Give a group that has no footing of its own to the group whose profiles it uses.

    A telephone on mobile networks, a browser that forgot its name in a hotel: places cannot
    tell with whom these live. The profiles they play may: one that is used mostly by one
    settled group of the account brings its strays there. Settled groups are left apart, however
    many profiles they have in common; that is for the evidence to weigh.

    Args:
        visits: Of any subset of accounts, whole accounts only.
        labels: account_id, device_id, label: the groups as the ties make them.
        settings: When a group is settled, and how surely a profile must point to one.

    Returns:
        The labels, with those of adopted groups replaced.

    Examples:
        >>> from datetime import date
        >>> days = [date(2026, 5, d) for d in range(1, 6)]
        >>> seen = pl.DataFrame({
        ...     "account_id": "ada", "device_id": ["tv"] * 5 + ["phone"], "day": [*days, days[0]],
        ...     "place": [0] * 5 + [-1], "profiles": pl.Series([1] * 6, dtype=pl.UInt64)})
        >>> labels = pl.DataFrame({
        ...     "account_id": "ada", "device_id": ["phone", "tv"], "label": [0, 1]})
        >>> adopt_strays(seen, labels, HouseholdSettings())["label"].to_list()
        [1, 1]
    """
    seen = visits.join(labels, on=[ACCOUNT, DEVICE])
    use = count_profile_days(seen, "label")
    footing = (
        seen.filter(V.place.col >= 0)
        .group_by(ACCOUNT, "label")
        .agg(days=V.day.col.n_unique())
        .filter(pl.col("days") >= settings.min_footing_days)
        .drop("days")
    )
    at_home = use.join(footing, on=[ACCOUNT, "label"])
    whose = at_home.select(
        ACCOUNT,
        "bit",
        host="label",
        belongs=pl.col("days") * WHOLE // pl.col("days").sum().over(ACCOUNT, "bit"),
    )
    adopted = (
        use.join(footing, on=[ACCOUNT, "label"], how="anti")
        .with_columns(share=pl.col("days") / pl.col("days").sum().over(ACCOUNT, "label"))
        .join(whose, on=[ACCOUNT, "bit"])
        .group_by(ACCOUNT, "label", "host")
        .agg(pull=(pl.col("belongs") * pl.col("share")).round().cast(pl.Int64).sum())
        .filter(pl.col("pull") >= settings.min_profile_pull * WHOLE)
        .sort(ACCOUNT, "label", -pl.col("pull"), "host")
        .group_by(ACCOUNT, "label", maintain_order=True)
        .agg(pl.col("host").first())
    )
    return (
        labels.join(adopted, on=[ACCOUNT, "label"], how="left", maintain_order="left")
        .with_columns(label=pl.coalesce("host", "label"))
        .drop("host")
    )
