"""Verdicts held against the truth: how many sharers were found, and who was wronged."""

import dataframely as dy
import polars as pl

from detector.measuring.fairness import compare_slices, list_facts
from detector.measuring.figures import (
    BorrowerDevices,
    Cell,
    ComparedSlice,
    Coverage,
    Evaluation,
    HouseholdCounts,
    Ranking,
    Scores,
    Situations,
    Slice,
)
from detector.measuring.homes import list_homes, measure_homes
from detector.measuring.metrics import (
    Rate,
    average_precision,
    best_recall,
    calibration_error,
    pr_curve,
    reliability_table,
    thin_curve,
)
from detector.measuring.truth import LABELS, Truth, TruthAccounts, TruthDevices, TruthNetworks
from detector.schemas import Accounts, Devices, Networks, Places

PROMISED_PRECISION = 0.99
"""The precision at which recall is compared: one honest family in a hundred flags."""


class Cases(dy.Schema):
    """One account of the truth with its verdict, or with the lack of one."""

    account_id = dy.String(primary_key=True)
    label = dy.Enum(LABELS)
    situation = dy.String()
    true_households = dy.Int64()
    has_verdict = dy.Bool()
    is_insufficient = dy.Bool()
    flagged = dy.Bool()
    probability = dy.Float64()
    external_households = dy.Int64()
    pattern = dy.String(nullable=True)
    is_shared = dy.Bool()
    is_count_exact = dy.Bool()


class DeviceCases(dy.Schema):
    """One device of a clear account: where it lives and where it was put."""

    account_id = dy.String(primary_key=True)
    device_id = dy.String(primary_key=True)
    is_borrower = dy.Bool(nullable=True, description="Null where the truth is silent.")
    is_external = dy.Bool(description="Put into an external household.")
    is_called_out = dy.Bool(description="And its account is flagged.")


def evaluate_verdicts(
    accounts: dy.DataFrame[Accounts],
    devices: dy.DataFrame[Devices],
    truth: Truth,
    networks: dy.DataFrame[Networks] | None = None,
    places: dy.DataFrame[Places] | None = None,
) -> Evaluation:
    """Measure verdicts, households and network kinds against the truth of a world.

    Args:
        accounts: The verdicts; their order does not matter.
        devices: The household each device was put into.
        truth: What is so; decides which accounts are measured.
        networks: Needed only if the truth knows network kinds.
        places: Needed only to compare slices of honest accounts.

    Returns:
        Every figure, with the counts and intervals behind it.

    Examples:
        Ada lives alone, Bob lent his password, and the run saw neither of them:

        >>> from detector.measuring.truth import TruthAccounts, TruthDevices
        >>> rows = {"account_id": ["ada", "bob"], "label": ["single", "shared"],
        ...         "situation": ["ordinary", "other city"], "external_households": [0, 1]}
        >>> truth = Truth(TruthAccounts.sample(overrides=rows), TruthDevices.create_empty())
        >>> evaluation = evaluate_verdicts(Accounts.create_empty(), Devices.create_empty(), truth)
        >>> evaluation.coverage.without_verdict, evaluation.false_flags.hits
        (2, 0)
        >>> evaluation.flags.recall.share
        0.0
    """
    cases = _cases(accounts, truth.accounts)
    clear = cases.filter(_is_clear())
    return Evaluation(
        coverage=_coverage(cases, verdicts=accounts.height),
        flags=_scores(clear, truth=Cases.is_shared.col, predicted=Cases.flagged.col),
        false_flags=_rate(clear.filter(~Cases.is_shared.col), Cases.flagged.col),
        ranking=_ranking(clear),
        situations=_situations(cases),
        households=_household_counts(clear.filter(Cases.has_verdict.col)),
        borrower_devices=_borrower_devices(_device_cases(devices, truth.devices, clear)),
        network_kinds=_network_kinds(networks, truth.networks),
        patterns=_cells(
            cases.filter(Cases.has_verdict.col), Cases.situation.col, Cases.pattern.col
        ),
        homes=measure_homes(list_homes(accounts, devices, truth)),
        fairness=() if places is None else _fairness(clear, accounts, places),
    )


def rates_by(table: pl.DataFrame, by: pl.Expr, hit: pl.Expr) -> tuple[Slice, ...]:
    """Measure how often `hit` is true in each group of a table, sorted by the group's name.

    Examples:
        >>> table = pl.DataFrame({"country": ["FR", "FR", "DE"], "flagged": [True, False, False]})
        >>> slices = rates_by(table, pl.col("country"), pl.col("flagged"))
        >>> [(s.name, s.rate.hits, s.rate.of) for s in slices]
        [('DE', 0, 1), ('FR', 1, 2)]
    """
    groups = (
        table.group_by(name=by.cast(pl.String).fill_null("unknown"))
        .agg(hits=hit.sum(), of=pl.len())
        .sort("name")
    )
    return tuple(Slice(name, Rate.from_counts(hits, of)) for name, hits, of in groups.iter_rows())


def _is_clear() -> pl.Expr:
    return Cases.label.col != "ambiguous"


def _cases(
    accounts: dy.DataFrame[Accounts], truth: dy.DataFrame[TruthAccounts]
) -> dy.DataFrame[Cases]:
    verdicts = accounts.select(
        Accounts.account_id.col,
        Accounts.flagged.col,
        Accounts.probability.col,
        Accounts.external_households.col.cast(pl.Int64),
        Accounts.pattern.col,
        is_insufficient=Accounts.verdict.col == "insufficient_evidence",
        has_verdict=pl.lit(value=True),
    )
    households = TruthAccounts.external_households.name
    return (
        truth.rename({households: Cases.true_households.name})
        .join(verdicts, on=Cases.account_id.name, how="left")
        .with_columns(
            pl.col(pl.Boolean).fill_null(value=False),
            pl.col(pl.Int64, pl.Float64).fill_null(0),
            is_shared=Cases.label.col == "shared",
        )
        .with_columns(is_count_exact=Cases.external_households.col == Cases.true_households.col)
        .sort(Cases.account_id.name)
        .pipe(Cases.validate, cast=True)
    )


def _coverage(cases: dy.DataFrame[Cases], verdicts: int) -> Coverage:
    clear = cases.filter(_is_clear())
    with_verdict = cases.filter(Cases.has_verdict.col).height
    return Coverage(
        clear=clear.height,
        shared=clear.filter(Cases.is_shared.col).height,
        ambiguous=cases.height - clear.height,
        without_verdict=cases.height - with_verdict,
        without_truth=verdicts - with_verdict,
        insufficient_evidence=_rate(clear.filter(Cases.has_verdict.col), Cases.is_insufficient.col),
    )


def _ranking(clear: pl.DataFrame) -> Ranking:
    is_shared = clear[Cases.is_shared.name].to_numpy()
    probability = clear[Cases.probability.name].to_numpy()
    curve = pr_curve(is_shared, probability)
    reliability = reliability_table(is_shared, probability)
    best = best_recall(curve, PROMISED_PRECISION)
    return Ranking(
        average_precision=average_precision(curve),
        recall_at_99_precision=round(best.recall, 6) if best else 0.0,
        threshold_at_99_precision=best.threshold if best else None,
        calibration_error=calibration_error(reliability),
        curve=thin_curve(curve),
        reliability=reliability,
    )


def _situations(cases: dy.DataFrame[Cases]) -> Situations:
    def flagged(label: str) -> tuple[Slice, ...]:
        of_label = cases.filter(Cases.label.col == label)
        return rates_by(of_label, Cases.situation.col, Cases.flagged.col)

    return Situations(flagged("single"), flagged("shared"), flagged("ambiguous"))


def _fairness(
    clear: pl.DataFrame, accounts: dy.DataFrame[Accounts], places: dy.DataFrame[Places]
) -> tuple[ComparedSlice, ...]:
    honest = clear.filter(Cases.has_verdict.col, ~Cases.is_shared.col)
    known = accounts.join(honest, on=Cases.account_id.name, how="semi")
    return compare_slices(list_facts(known, places))


def _household_counts(judged: pl.DataFrame) -> HouseholdCounts:
    shared = judged.filter(Cases.is_shared.col)
    exact = Cases.is_count_exact.col
    return HouseholdCounts(
        exact=_rate(shared, exact),
        exact_flagged=_rate(judged.filter(Cases.flagged.col), exact),
        counts=_cells(shared, Cases.true_households.col, Cases.external_households.col),
    )


def _device_cases(
    devices: dy.DataFrame[Devices], truth: dy.DataFrame[TruthDevices], clear: pl.DataFrame
) -> dy.DataFrame[DeviceCases]:
    """Every device that the run or the truth knows; one the run never saw is not external."""
    key = DeviceCases.primary_key()
    known = truth.select(*key, is_borrower=(TruthDevices.household.col >= 1))
    placed = devices.select(*key, is_external=(Devices.household.col >= 1))
    return (
        known.join(placed, on=key, how="full", coalesce=True)
        .join(clear.select(Cases.account_id.col, Cases.flagged.col), on=Cases.account_id.name)
        .with_columns(DeviceCases.is_external.col.fill_null(value=False))
        .with_columns(is_called_out=DeviceCases.is_external.col & Cases.flagged.col)
        .sort(key)
        .pipe(DeviceCases.validate, cast=True)
    )


def _borrower_devices(cases: dy.DataFrame[DeviceCases]) -> BorrowerDevices:
    is_borrower = DeviceCases.is_borrower.col
    known = cases.filter(is_borrower.is_not_null())
    return BorrowerDevices(
        flagged=_scores(known, truth=is_borrower, predicted=DeviceCases.is_called_out.col),
        regardless=_scores(known, truth=is_borrower, predicted=DeviceCases.is_external.col),
        without_truth=cases.height - known.height,
    )


def _scores(cases: pl.DataFrame, *, truth: pl.Expr, predicted: pl.Expr) -> Scores:
    """Precision and recall of one column of yes and no against another."""
    precision = _rate(cases.filter(predicted), truth)
    recall = _rate(cases.filter(truth), predicted)
    total = precision.of + recall.of
    return Scores(precision, recall, round(2 * recall.hits / total, 6) if total else None)


def _rate(cases: pl.DataFrame, hit: pl.Expr) -> Rate:
    return Rate.from_counts(int(cases.select(hit.sum()).item()), cases.height)


def _cells(cases: pl.DataFrame, truth: pl.Expr, predicted: pl.Expr) -> tuple[Cell, ...]:
    """Counts of truth against prediction, sorted by both."""
    counts = (
        cases.group_by(truth=truth, predicted=predicted)
        .agg(cases=pl.len())
        .sort("truth", "predicted")
    )
    return tuple(Cell(str(true), str(taken), n) for true, taken, n in counts.iter_rows())


def _network_kinds(
    networks: dy.DataFrame[Networks] | None, truth: dy.DataFrame[TruthNetworks] | None
) -> tuple[Cell, ...]:
    if networks is None or truth is None:
        return ()
    decided = networks.select(Networks.network.col, predicted=Networks.kind.col.cast(pl.String))
    both = truth.join(decided, on=TruthNetworks.network.name)
    return _cells(both, TruthNetworks.kind.col, pl.col("predicted"))
