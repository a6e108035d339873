"""What a log proves of the detector, in the words and rows that terminal and report share."""

from collections.abc import Iterator

from rich.console import Console

from detector.measuring.metrics import Rate
from detector.selftest.figures import PairFigures, SelfTest, Trials
from pipelines.terminal.drawing import percent, plain, print_title, quiet_table

CAVEAT = (
    "This is an upper bound of what is found of real sharing: these pairs are strangers who both "
    "use the service for themselves, while real borrowers visit, lend to kin and watch less."
)

LEGEND = (
    "Second: a second household is counted; One: just one is. ≥: flagged if accounts were "
    "from there on, first the threshold that applies. Seldom: flagged there if the second home is "
    "seen on every fourth of its days only."
)

PROFILES = {"own": "each home with its own profiles", "none": "without profiles"}
STRATA = {
    "same_country": "one country",
    "other_country": "two countries",
    "unknown_country": "unknown",
}
MAY = ("shifted_by_days",)
"""Other days fall on weekends then, which moves a little evidence and few verdicts."""

CHANGES = {
    "relabelled": "with other ids, told otherwise",
    "shifted_by_weeks": "four weeks later, told otherwise",
    "shifted_by_days": "three days later, another verdict",
    "thinned": "one household, flagged with half its days",
}


def find_headline(found: SelfTest) -> tuple[str, ...]:
    r"""Say how many of the certain pairs would be found, with the log's profiles and without.

    Examples:
        >>> def share(hits): return Rate.from_counts(hits, 200)
        >>> pairs = PairFigures(stratum="same_country", found=share(180), exact=share(170),
        ...     flagged=share(94), flagged_from=(), flagged_if_seldom=share(20))
        >>> tried = Trials(profiles="none", threshold=0.988, pairs=(pairs,), changes=(), beside=())
        >>> [words] = find_headline(SelfTest.model_construct(trials=(tried,)))
        >>> print(*words.split("; "), sep=";\n")
        In your log, 47 of 100 certain pairs would be found (94 of 200, without profiles);
        10 of 100 if the second home watched on every fourth day only.
    """
    return tuple(_headline(tried, tried.main_pairs) for tried in found.trials if tried.main_pairs)


def find_warnings(found: SelfTest) -> tuple[str, ...]:
    """Say what should never happen and did."""
    return tuple(_warnings(found))


def render_selftest(found: SelfTest, console: Console) -> None:
    """Print the headline and its caveat, then pairs, changes and lives side by side."""
    for words in (*find_headline(found), CAVEAT):
        console.print(plain(words))
    console.print(plain(describe_sample(found)))
    for words in find_warnings(found):
        console.print(plain(words, "bold red"))
    for tried in found.trials:
        _render_pairs(tried, console)
        _render_never(tried, console)


def describe_sample(found: SelfTest) -> str:
    """Say what the figures were counted on."""
    return (
        f"{found.first_day} to {found.last_day}: {found.accounts:,} accounts, "
        f"{found.used_enough:,} used enough, {found.tried:,} of them tried; {found.usable:,} look "
        f"like one household, and of these the pairs were made. Model {found.model}."
    )


def _headline(tried: Trials, pairs: PairFigures) -> str:
    flagged, seldom = pairs.flagged, pairs.flagged_if_seldom
    return (
        f"In your log, {_of_100(flagged)} of 100 certain pairs would be found "
        f"({flagged.hits:,} of {flagged.of:,}, {PROFILES[tried.profiles]}); "
        f"{_of_100(seldom)} of 100 if the second home watched on every fourth day only."
    )


def _of_100(rate: Rate) -> str:
    return f"{100 * (rate.share or 0):.0f}"


def _warnings(found: SelfTest) -> Iterator[str]:
    for tried in found.trials:
        for happened, words in _never(tried):
            if happened.hits:
                yield (
                    f"{happened.hits:,} of {happened.of:,} accounts: {words} "
                    f"({PROFILES[tried.profiles]}). This must never happen."
                )


def _never(tried: Trials) -> Iterator[tuple[Rate, str]]:
    """What must never happen, and how often it did."""
    for change in tried.changes:
        if change.change not in MAY:
            yield change.broken, CHANGES[change.change]
    for one in tried.beside:
        yield one.flagged, f"own {one.spans} side by side, flagged"


def _seldom(tried: Trials) -> Iterator[tuple[Rate, str]]:
    """What may happen near the threshold, or where a doubt is said as a doubt."""
    for change in tried.changes:
        if change.change in MAY:
            yield change.broken, CHANGES[change.change]
    for one in tried.beside:
        yield one.found, f"own {one.spans} side by side, second found"


def _render_pairs(tried: Trials, console: Console) -> None:
    print_title(f"Two accounts under one id, {PROFILES[tried.profiles]}", console)
    levels = (tried.threshold, *(one.threshold for one in tried.pairs[0].flagged_from))
    table = quiet_table(
        "Homes in", ">Pairs", ">Second", ">One", *(f">≥ {at:.3g}" for at in levels), ">Seldom"
    )
    for pairs in tried.pairs:
        if pairs.flagged.of:
            flagged = (pairs.flagged, *(one.flagged for one in pairs.flagged_from))
            rates = (pairs.found, pairs.exact, *flagged, pairs.flagged_if_seldom)
            cells = (percent(rate.share, digits=0) for rate in rates)
            table.add_row(STRATA[pairs.stratum], f"{pairs.flagged.of:,}", *cells)
    console.print(table)
    console.print(plain(LEGEND, "dim"))


def _render_never(tried: Trials, console: Console) -> None:
    for title, rows in (("Must never happen", _never), ("Should be rare", _seldom)):
        console.print()
        table = quiet_table(title, ">Did", ">Share", "95 % interval")
        for happened, words in rows(tried):
            table.add_row(words, *_cells(happened))
        console.print(table)


def _cells(rate: Rate) -> tuple[str, str, str]:
    interval = f"{100 * rate.low:.1f} … {100 * rate.high:.1f}" if rate.of else ""
    return f"{rate.hits:,} of {rate.of:,}", percent(rate.share), interval
