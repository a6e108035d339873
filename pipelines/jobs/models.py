"""Model files, as commands take and leave them."""

from pathlib import Path

from detector.errors import SettingsError
from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.scorecard import Scorecard, load_scorecard
from detector.plain_text import plain_text
from detector.runs.files import replace_file
from detector.verdicts.sides import WITNESSES


def read_model(path: Path) -> Scorecard:
    """Read a model whose every factor this release can observe.

    Raises:
        SettingsError: There is no such file, it is no model, or it needs another release.
    """
    scorecard = load_scorecard(path)
    of_groups = {*scorecard.known.shapes, *scorecard.unknown.shapes}
    strange = sorted(
        of_groups - {factor.name for factor in FACTORS}
        | scorecard.alone_shapes.keys() - {factor.name for factor in HOME_FACTORS}
        | (scorecard.home.shapes.keys() if scorecard.home else set[str]())
        - {factor.name for factor in WITNESSES}
    )
    if strange:
        raise SettingsError(
            f"{path} weighs factors that this release does not know: "
            f"{', '.join(map(plain_text, strange[:3]))}.",
            hint="calibrate a run of this release anew",
        )
    return scorecard


def write_model(scorecard: Scorecard, path: Path) -> None:
    """Write a model file whole.

    Raises:
        SettingsError: Something else stands there, or the place cannot be written to.
    """
    check_place(path)
    try:
        with replace_file(path) as part:
            part.write_text(scorecard.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise SettingsError(f"{path} cannot be written: {reason}.", hint="give another") from error


def check_place(path: Path) -> None:
    """Refuse to write a model over anything but a model.

    Raises:
        SettingsError: Something else stands there.
    """
    if not path.exists():
        return
    try:
        load_scorecard(path)
    except SettingsError as error:
        problem = f"{path} is there and is no model, so that it is not replaced."
        raise SettingsError(problem, hint="give another --out") from error
