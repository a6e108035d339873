"""What a user knows of some accounts: labels, checked before anything is learnt from them."""

import dataframely as dy
import polars as pl

from detector.errors import DetectorError
from detector.plain_text import plain_text
from detector.schemas import ACCOUNT

KINDS = ("single", "shared")
NAMED = 3
"""Wrong values told in a message; the rest are counted."""


class LabelsError(DetectorError, ValueError):
    """The labels cannot teach the model anything, or would teach it something wrong."""

    exit_code = 3


class FewLabelsError(LabelsError):
    """There are too few labels of a kind, or all are of one kind."""


class StrangeLabelsError(LabelsError):
    """Labels that are no label, contradict each other, or name accounts not in the run."""


class LeakedLabelsError(LabelsError):
    """The labels are the run's own verdicts, which confirm whatever it said."""


class OppositeLabelsError(LabelsError):
    """The labels run against the evidence, so that no slope makes sense of them."""


class Labels(dy.Schema):
    """What is known of some accounts.

    Built by `clean_labels` from a user's table.
    """

    account_id = dy.String(primary_key=True, min_length=1)
    label = dy.Enum(KINDS)


LABEL = Labels.label.name


def clean_labels(rows: pl.DataFrame) -> dy.DataFrame[Labels]:
    """Check a user's labels; exact repetitions count once.

    Args:
        rows: Text columns account_id and label.

    Raises:
        StrangeLabelsError: A word that is no label, no account, or both labels for one account.

    Examples:
        >>> rows = pl.DataFrame({"account_id": ["ada", "ada"], "label": ["single", "Single"]})
        >>> clean_labels(rows).rows()
        [('ada', 'single')]
    """
    tidy = rows.select(ACCOUNT, label=Labels.label.col.str.strip_chars().str.to_lowercase())
    wrong = tidy.filter(~Labels.label.col.is_in(KINDS).fill_null(value=False))
    if not wrong.is_empty():
        words = name_some(wrong[LABEL].fill_null("").unique())
        raise StrangeLabelsError(
            f"{wrong.height:,} labels are neither single nor shared: {words}.",
            hint="label what is known, and leave out what is not",
        )
    nameless = tidy.filter(pl.col(ACCOUNT).fill_null("") == "").height
    if nameless:
        raise StrangeLabelsError(
            f"{nameless:,} labels name no account.", hint="every row needs an account_id"
        )
    once = tidy.unique().sort(ACCOUNT, LABEL)
    both = once.filter(pl.col(ACCOUNT).is_duplicated())[ACCOUNT].unique()
    if both.len():
        raise StrangeLabelsError(
            f"{both.len():,} accounts are labelled both single and shared: {name_some(both)}.",
            hint="keep the later label of each, or neither",
        )
    return Labels.validate(once, cast=True)


def name_some(values: pl.Series) -> str:
    """The first few of some values, safe to print.

    Examples:
        >>> name_some(pl.Series(["dora", "bob", "ada", "cy"]))
        "'ada', 'bob', 'cy', ..."
    """
    shown = [repr(plain_text(str(value)[:40])) for value in values.sort().head(NAMED)]
    return ", ".join([*shown, *(["..."] if values.len() > NAMED else [])])
