"""A run over many accounts whose evidence is a toy model's, and what is true of them."""

import numpy as np
import polars as pl

from detector.evidence.scorecard import MICRO, Card, Scorecard, Shape
from detector.evidence.weigh import ALONE, PRIOR
from detector.learning.labels import clean_labels
from detector.learning.reweigh import Judged, decide_again, flag_again
from detector.schemas import Accounts, Evidence
from detector.settings import VerdictSettings

CUTS = tuple(float(cut) for cut in range(1, 17))
STEPS = tuple((step - 8) * MICRO for step in range(17))
WEEKS = Shape(cuts=CUTS, micro_bits=STEPS)
PROFILES = Shape(cuts=(0.5,), micro_bits=(2 * MICRO, -2 * MICRO))
MODEL = Scorecard(
    version="toy",
    known=Card(prior_micro_bits=MICRO // 2, shapes={"weeks": WEEKS, "profiles": PROFILES}),
    unknown=Card(prior_micro_bits=0, shapes={"weeks": WEEKS}),
    alone_micro_bits=-6 * MICRO,
    threshold=0.95,
    promise={"precision": 0.9},
    training={"fitted_on": "toys"},
)


def judged(weeks, profiles, *, model=MODEL, active_days=20):
    """A run over accounts with one group each; `weeks` None is an account without one."""
    rows = [
        row
        for number, (value, profile) in enumerate(zip(weeks, profiles, strict=True))
        for row in _terms(f"acc-{number:05}", value, profile, model)
    ]
    columns = {"account_id": pl.String, "household": pl.Int32, "factor": pl.String}
    columns |= {"theme": pl.String, "bits": pl.Float64, "value": pl.Float64, "text": pl.String}
    evidence = Evidence.validate(pl.DataFrame(rows, schema=columns, orient="row"), cast=True)
    return Judged(_accounts(evidence, model, active_days), evidence, "May", VerdictSettings())


def _terms(account, weeks, profile, model):
    if weeks is None:
        return [(account, 0, ALONE, "account", model.alone_micro_bits / MICRO, None, "alone")]
    card = model.unknown if profile is None else model.known
    values = {"weeks": weeks, "profiles": profile}
    terms = [(account, 1, PRIOR, "account", card.prior_micro_bits / MICRO, None, "prior")]
    for factor, shape in card.shapes.items():
        bits = shape.micro_bits[int(np.searchsorted(shape.cuts, values[factor], side="right"))]
        value = float(values[factor])
        terms.append((account, 1, factor, "presence", bits / MICRO, value, "said"))
    return terms


def _accounts(evidence, model, active_days):
    chance = 1 / (1 + (-pl.col("evidence_bits") * np.log(2)).exp())
    own = evidence.group_by("account_id").agg(
        evidence_bits=pl.col("bits").sum(), alone=(pl.col("factor") == ALONE).any()
    )
    table = own.with_columns(probability=chance).with_columns(
        flagged=(pl.col("probability") >= model.threshold) & ~pl.col("alone"),
        threshold=model.threshold,
        home_confidence=1.0,
        reason_codes=pl.lit([], dtype=Accounts.reason_codes.dtype),
        themes=pl.lit([], dtype=Accounts.themes.dtype),
        external_households=0,
        pattern=pl.lit("toy"),
        home_place=None,
        devices=2,
        external_devices=1,
        active_days=active_days,
        reasons=pl.lit([], dtype=pl.List(pl.String)),
        mitigations=pl.lit([], dtype=pl.List(pl.String)),
        summary=pl.lit("toy"),
        cleared_by_devices=pl.lit([], dtype=pl.List(pl.String)),
        cleared_by_places=pl.lit([], dtype=pl.List(pl.Int32)),
        clearing=pl.lit(""),
        partner=None,
        plan=None,
        country_of_record=None,
        signed_up=None,
        extra_members=None,
    )
    verdict = pl.when("flagged").then(pl.lit("shared")).otherwise(pl.lit("one_household"))
    return Accounts.validate(
        table.with_columns(verdict=verdict).select(Accounts.column_names()).sort("account_id"),
        cast=True,
    )


def crowd(count, seed=1, *, slope=0.5, shift=-1.0, profiles=True, alone=0):
    """Accounts whose evidence is too sure of itself, and which of them are shared."""
    rng = np.random.default_rng(seed)
    weeks = rng.integers(0, 17, count).tolist()
    told = [(float(rng.random()) if profiles and n % 2 else None) for n in range(count)]
    run = judged([*weeks, *[None] * alone], [*told, *[None] * alone])
    bits = run.accounts.sort("account_id")["evidence_bits"].to_numpy()
    shared = rng.random(bits.size) < 1 / (1 + 2.0 ** -(slope * bits + shift))
    return run, shared


def labels(run, shared):
    ids = run.accounts["account_id"].sort()
    words = ["shared" if one else "single" for one in shared]
    return clean_labels(pl.DataFrame({"account_id": ids, "label": words}))


def flagged_by(model, run):
    """Which accounts of a run a model flags, in the order of their ids."""
    return flag_again(decide_again(model, run), model, run.settings)
