"""Cases whose answer is known, mixed in blind: they measure reviewers, and reach nothing else."""

import polars as pl
from sqlalchemy import func, select

from detector.cases.bulk import read_frame
from detector.cases.drawing import is_drawn, lot
from detector.cases.reading import Reading
from detector.cases.rows import GOLDEN, REVIEWS
from detector.cases.sealing import ChainLine, write_sealed
from detector.cases.store import CaseStore
from detector.errors import SettingsError
from detector.kinds import ReviewAnswer
from detector.plain_text import plain_text

ANSWERS = (ReviewAnswer.CONFIRM, ReviewAnswer.CLEAR, ReviewAnswer.SWAP)
"""What can be known of an account; doubts and exemptions cannot."""


def add_golden(  # noqa: PLR0913 - who knows what of which account, each by its name
    store: CaseStore, account_id: str, run: str, answer: str, by: str, at_us: int
) -> None:
    """Say what is known of an account, as a run shows it; said anew, the later word counts.

    From here on no answer about the account in this run moves a case, and `decide` passes it over
    in this run: whoever knows the truth decides about the account itself by `household cases`.

    Raises:
        SettingsError: The answer is none that can be known, or something is not named.
    """
    if answer not in ANSWERS:
        raise SettingsError(
            f"{plain_text(answer)!r} cannot be known of an account.",
            hint=f"it can be {', '.join(ANSWERS)}",
        )
    if not (account_id and run and by.strip()):
        raise SettingsError("A golden case names an account, a run, and who adds it.")
    row = {"account_id": account_id, "run": run, "answer": answer, "added_by": by, "at_us": at_us}
    with store.writing(by, at_us, person=True) as writing:
        # The answer itself stays out of the account's history, which reviewers may read.
        write_sealed(writing, GOLDEN, row, ChainLine("golden"))


def golden(reading: Reading) -> pl.DataFrame:
    """All golden cases: the columns of `rows.GOLDEN`, sorted by account and run."""
    return read_frame(reading.connection, GOLDEN).sort("account_id", "run")


def pick_golden(reading: Reading, reviewer: str, run: str, share: float, key: bytes) -> str | None:
    """The golden case that a reviewer is to be shown next, if the lot falls on one.

    The lot is drawn anew for each answer that the reviewer has given, and none comes twice.

    Args:
        reading: A look at the store.
        reviewer: Who asks for a next account.
        run: The run that is reviewed.
        share: Of a reviewer's accounts, from 0 to 1.
        key: From `drawing.draw_key`.

    Returns:
        An account, or None: show one of the queue.
    """
    own = REVIEWS.c.reviewer == reviewer
    given = reading.connection.execute(select(func.count()).where(own)).scalar_one()
    if not is_drawn(share, key, "golden", reviewer, str(given)):
        return None
    seen = select(REVIEWS.c.account_id).where(own, REVIEWS.c.golden, REVIEWS.c.run == run)
    left = select(GOLDEN.c.account_id).where(GOLDEN.c.run == run, GOLDEN.c.account_id.not_in(seen))
    names = reading.connection.execute(left).scalars()
    return min(names, key=lambda name: lot(key, name, reviewer), default=None)
