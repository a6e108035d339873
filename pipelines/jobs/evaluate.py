"""Job: a run and the truth of its world -> how good the verdicts are."""

from pathlib import Path

from rich.console import Console

from detector.measuring.evaluate import evaluate_verdicts
from detector.measuring.figures import Cell, Evaluation, HomeFigures, Scores, Slice
from detector.measuring.metrics import Rate, ReliabilityBin
from detector.runs.files import replace_file
from detector.schemas import Accounts, Devices, Networks, Places
from pipelines.run_tables import load_truth, read_table
from pipelines.terminal.drawing import bar, percent, plain, print_title, quiet_table
from pipelines.terminal.fairness import render_call_outs, render_fairness

EVALUATION = "evaluation.json"


def evaluate_run(folder: Path, truth: Path) -> Evaluation:
    """Measure a run and keep the figures in its folder, where the report finds them.

    Args:
        folder: A finished run.
        truth: The world the run's log came from.
    """
    known = load_truth(truth)
    networks = None if known.networks is None else read_table(folder, Networks)
    accounts, devices = read_table(folder, Accounts), read_table(folder, Devices)
    places = read_table(folder, Places)
    evaluation = evaluate_verdicts(accounts, devices, known, networks, places)
    with replace_file(folder / EVALUATION) as part:
        part.write_text(evaluation.to_json(), encoding="utf-8")
    return evaluation


def render_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print the figures: the totals first, then who is wronged, who is found, what is mixed up.

    A slice of honest accounts that is flagged more often than the rest comes before all.
    """
    render_call_outs(evaluation.fairness, console)
    _render_totals(evaluation, console)
    situations = evaluation.situations
    _render_slices("Honest accounts flagged", _worst_first(situations.false_flags), console)
    render_fairness(evaluation.fairness, console)
    _render_slices("Shared accounts found", _worst_first(situations.recall)[::-1], console)
    _render_slices("Ambiguous accounts flagged", situations.ambiguous_flagged, console)
    _render_patterns(evaluation.patterns, console)
    _render_reliability(evaluation.ranking.reliability, console)
    _render_cells("External households: true ↓, counted →", evaluation.households.counts, console)
    _render_cells("Networks: true ↓, decided →", evaluation.network_kinds, console)


def _render_totals(evaluation: Evaluation, console: Console) -> None:
    coverage, ranking = evaluation.coverage, evaluation.ranking
    console.print(
        f"\n{coverage.clear:,} accounts with a clear truth, {coverage.shared:,} of them shared; "
        f"{coverage.ambiguous:,} ambiguous ones set apart; {coverage.without_verdict:,} without a "
        f"verdict; {coverage.without_truth:,} verdicts without a truth.\n"
    )
    table = quiet_table("Measure", ">Value", "95 % interval", ">Cases")
    for name, rate in _rates(evaluation):
        table.add_row(name, percent(rate.share), _interval(rate), f"{rate.hits:,} of {rate.of:,}")
    threshold = ranking.threshold_at_99_precision
    note = "never reached" if threshold is None else f"from probability {threshold:.3f}"
    table.add_row("recall at 99 % precision", percent(ranking.recall_at_99_precision), note, "")
    for name, figure in _figures(evaluation):
        table.add_row(name, "—" if figure is None else f"{figure:.3f}")
    console.print(table)


def _rates(evaluation: Evaluation) -> tuple[tuple[str, Rate], ...]:
    flags, devices = evaluation.flags, evaluation.borrower_devices
    return (
        ("precision of flags", flags.precision),
        ("recall of flags", flags.recall),
        ("false flags", evaluation.false_flags),
        ("insufficient evidence", evaluation.coverage.insufficient_evidence),
        ("external households exact, shared accounts", evaluation.households.exact),
        ("external households exact, flagged accounts", evaluation.households.exact_flagged),
        *_score_rates("borrower devices, flagged", devices.flagged),
        *_score_rates("borrower devices, any", devices.regardless),
        *_home_rates(evaluation.homes),
    )


def _score_rates(name: str, scores: Scores) -> tuple[tuple[str, Rate], ...]:
    return (f"{name}: precision", scores.precision), (f"{name}: recall", scores.recall)


def _home_rates(homes: HomeFigures | None) -> tuple[tuple[str, Rate], ...]:
    if homes is None:
        return ()
    return (
        ("home is right, shared accounts", homes.right),
        ("home sure enough for devices", homes.sure),
        ("home is right where so sure", homes.right_if_sure),
        ("devices elsewhere, the owner's", homes.owners_elsewhere),
        ("the owner's where home is so sure", homes.owners_elsewhere_if_sure),
    )


def _figures(evaluation: Evaluation) -> tuple[tuple[str, float | None], ...]:
    return (
        ("F1 of flags", evaluation.flags.f1),
        ("average precision", evaluation.ranking.average_precision),
        ("calibration error (ECE)", evaluation.ranking.calibration_error),
        *_home_figures(evaluation.homes),
    )


def _home_figures(homes: HomeFigures | None) -> tuple[tuple[str, float | None], ...]:
    if homes is None:
        return ()
    return (
        ("home_confidence, mean", homes.mean_confidence),
        ("home_confidence, ECE", homes.calibration_error),
    )


def _interval(rate: Rate) -> str:
    return f"{100 * rate.low:.1f} … {100 * rate.high:.1f}" if rate.of else ""


def _worst_first(slices: tuple[Slice, ...]) -> tuple[Slice, ...]:
    return tuple(sorted(slices, key=lambda s: (-(s.rate.share or 0), -s.rate.of, s.name)))


def _render_slices(title: str, slices: tuple[Slice, ...], console: Console) -> None:
    if not slices:
        return
    print_title(title, console)
    table = quiet_table("Situation", ">Share", "", "95 % interval", ">Cases")
    for one in slices:
        rate = one.rate
        drawn = bar(rate.share or 0)
        cases = f"{rate.hits:,} of {rate.of:,}"
        table.add_row(
            plain(one.name.replace("_", " ")), percent(rate.share), drawn, _interval(rate), cases
        )
    console.print(table)


NAMED = 3
"""Patterns shown of each situation, the most frequent."""


def _render_patterns(cells: tuple[Cell, ...], console: Console) -> None:
    """What the accounts of each situation were called: a pattern is a claim like the verdict."""
    if not cells:
        return
    print_title("Situations, and the patterns named most", console)
    table = quiet_table("Situation", ">Accounts", *["Pattern", ">Share"] * NAMED)
    for truth in sorted({cell.truth for cell in cells}):
        mine = [cell for cell in cells if cell.truth == truth]
        total = sum(cell.cases for cell in mine)
        most = sorted(mine, key=lambda cell: (-cell.cases, cell.predicted))[:NAMED]
        named = [
            text
            for cell in most
            for text in (plain(cell.predicted.replace("_", " ")), percent(cell.cases / total))
        ]
        table.add_row(plain(truth.replace("_", " ")), f"{total:,}", *named)
    console.print(table)


def _render_reliability(rows: tuple[ReliabilityBin, ...], console: Console) -> None:
    if not rows:
        return
    print_title("Promised and found", console)
    table = quiet_table(">Probability", ">Shared", "", "95 % interval", ">Accounts")
    for row in rows:
        table.add_row(
            percent(row.mean_probability),
            percent(row.observed_share),
            bar(row.observed_share),
            f"{100 * row.low:.1f} … {100 * row.high:.1f}",
            f"{row.accounts:,}",
        )
    console.print(table)


def _render_cells(title: str, cells: tuple[Cell, ...], console: Console) -> None:
    if not cells:
        return
    counts = {(cell.truth, cell.predicted): cell.cases for cell in cells}
    columns = sorted({cell.predicted for cell in cells}, key=_reading_order)
    print_title(title, console)
    table = quiet_table("", *(f">{column}" for column in columns))
    for truth in sorted({cell.truth for cell in cells}, key=_reading_order):
        row = [
            f"{counts[truth, column]:,}" if (truth, column) in counts else "·" for column in columns
        ]
        table.add_row(plain(truth), *row)
    console.print(table)


def _reading_order(name: str) -> tuple[int, str]:
    """Numbers by size, before words by the alphabet.

    Examples:
        >>> sorted(["venue", "10", "2"], key=_reading_order)
        ['2', '10', 'venue']
    """
    return (int(name), "") if name.isdecimal() else (1 << 62, name)
