"""Accounts judged again as if some of their devices or places had never been."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import polars as pl

from detector.clearing.removals import Removal
from detector.detect import find_flagged, mark, sketch, sketch_visits
from detector.events.accounts import AccountRecords, Known
from detector.evidence.scorecard import Scorecard
from detector.kernels.batching import batch
from detector.networks.survey import Surroundings
from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices, Sightings, Visits
from detector.settings import Settings
from detector.verdicts.rule import Rule
from detector.verdicts.tables import Sketch

PLACE, TRIAL = Visits.place.name, "trial"

AT_ONCE = 250_000
"""Sightings judged at once, copies included: about what a bucket of accounts holds."""


@dataclass(frozen=True)
class Flagged:
    """All that is known of some flagged accounts."""

    accounts: pl.DataFrame
    households: pl.DataFrame
    devices: pl.DataFrame
    places: pl.DataFrame
    place_networks: pl.DataFrame
    visits: pl.DataFrame
    sightings: pl.DataFrame

    @classmethod
    def among(cls, tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> Self:
        """Pick the flagged of the accounts judged.

        Args:
            tables: By their names in `Detection`, and `sightings`; others are not looked at.
        """
        of_all = {field.name: tables[field.name].lazy() for field in fields(cls)}
        flagged = of_all["accounts"].filter(Accounts.flagged.col).collect()
        chosen = flagged.lazy().select(ACCOUNT)
        theirs = [t.join(chosen, on=ACCOUNT, how="semi") for t in of_all.values()]
        return cls(**dict(zip(of_all, pl.collect_all(theirs), strict=True)))

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Put flagged accounts of several shards together."""
        each = {field.name: [getattr(p, field.name) for p in parts] for field in fields(cls)}
        return cls(**{name: pl.concat(some, rechunk=True) for name, some in each.items()})


@dataclass(frozen=True)
class Law:
    """What accounts are judged by; the surroundings stay those of the whole log."""

    surroundings: Surroundings
    settings: Settings
    scorecard: Scorecard

    @property
    def weights(self) -> Scorecard:
        """Those for the kind of log that this is."""
        return self.scorecard.in_regime(self.surroundings.regime)

    @property
    def rule(self) -> Rule:
        """When an account is flagged."""
        return Rule.of(self.weights, self.settings.verdicts)


@dataclass(frozen=True)
class Copies:
    """Copies of accounts, each with what it has to do without.

    A copy goes by its number, so that copies of one account are strangers to each other, and
    none is taken for an account.
    """

    removals: Sequence[Removal]

    @property
    def names(self) -> list[str]:
        """What each copy is called."""
        return [f"{number:09}" for number in range(len(self.removals))]

    def left_of(self, table: pl.DataFrame) -> pl.DataFrame:
        """Each copy's rows of a table."""
        accounts = [removal.account_id for removal in self.removals]
        rows = pl.DataFrame({TRIAL: self.names, ACCOUNT: accounts}).join(table, on=ACCOUNT)
        for column, gone in self._gone().items():
            if column in rows.columns:
                rows = rows.join(gone, on=[TRIAL, column], how="anti")
        return rows.drop(ACCOUNT).rename({TRIAL: ACCOUNT})

    def _gone(self) -> Mapping[str, pl.DataFrame]:
        gone = {
            kind: [
                (name, thing.name)
                for name, removal in zip(self.names, self.removals, strict=True)
                if removal.kind == kind
                for thing in removal.things
            ]
            for kind in ("devices", "places")
        }
        devices, places = {TRIAL: pl.String, DEVICE: pl.String}, {TRIAL: pl.String, PLACE: pl.Int32}
        return {
            DEVICE: pl.DataFrame(gone["devices"], devices, orient="row"),
            PLACE: pl.DataFrame(gone["places"], places, orient="row"),
        }


class Court:
    """Tries removals: would the account be flagged without these devices or places?"""

    def __init__(self, flagged: Flagged, law: Law) -> None:
        self.flagged, self.law = flagged, law
        self.located = flagged.sightings.join(
            flagged.place_networks, on=[ACCOUNT, Sightings.network.name], how="left"
        )
        self.sizes: dict[str, int] = dict(flagged.sightings.group_by(ACCOUNT).len().iter_rows())

    def clearing(self, removals: Sequence[Removal], *, sure: bool) -> Iterator[Removal]:
        """Those that clear their account, judged in portions of at most `AT_ONCE` sightings.

        Args:
            removals: Of any of the flagged accounts.
            sure: From the sightings on, by all stages; else with places as they are, which
                takes a quarter of the time and hardly ever comes to another result.
        """
        for some in batch(removals, lambda each: self.sizes[each.account_id], AT_ONCE):
            copies = Copies(some)
            records = copies.left_of(self.flagged.accounts.select(AccountRecords.column_names()))
            known = Known(records=AccountRecords.cast(records))
            life = self._seen_anew(copies, known) if sure else self._placed(copies, known)
            settings, weights = self.law.settings.verdicts, self.law.weights
            flagged = set(find_flagged(life, settings, weights, known))
            yield from (r for n, r in zip(copies.names, some, strict=True) if n not in flagged)

    def _seen_anew(self, copies: Copies, known: Known) -> Sketch:
        left = copies.left_of(self.located).drop(PLACE)
        return sketch(left, self.law.surroundings, self.law.settings, known)

    def _placed(self, copies: Copies, known: Known) -> Sketch:
        visits = Visits.cast(copies.left_of(self.flagged.visits))
        devices = copies.left_of(self.flagged.devices.drop(Devices.household.name))
        seen = devices.join(visits, on=[ACCOUNT, DEVICE], how="semi")
        networks = copies.left_of(self.flagged.place_networks)
        places = copies.left_of(self.flagged.places)
        places = mark(places, networks, self.law.surroundings, known)
        return sketch_visits(visits, places, seen, self.law.settings)
