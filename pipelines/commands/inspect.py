"""The command `household inspect`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import Switch


@Parameter(name="*")
@dataclass(frozen=True)
class InspectChoices:
    """How an account's story is told.

    Attributes:
        language: It is told in it: en, fr or es; what single factors say stays English.
        register: To whom it is told; the person concerned hears of no device and no place.
        terms: Show the model's own terms too, in bits.
    """

    language: Literal["en", "fr", "es"] = "en"
    register: Literal["analyst", "person"] = "analyst"
    terms: Switch = False


DEFAULTS = InspectChoices()


def inspect(
    folder: Path,
    account: str,
    /,
    *,
    choices: InspectChoices = DEFAULTS,
    common: Common = COMMON,
) -> Answer:
    """Tell one account's story: what to know first, then households and days.

    Args:
        folder: A folder that `household detect` wrote.
        account: The account's id, exactly as in the log.
        choices: How it is told.
        common: Options of every command.
    """
    from detector.runs.run import Run
    from detector.stories.say import SpeechRegister
    from detector.stories.templates import Language
    from pipelines.config import read_config
    from pipelines.jobs.inspect import (
        Listener,
        document,
        inspect_account,
        read_min_home_confidence,
        render_story,
    )

    read_config(common.config)
    sure = read_min_home_confidence(Run(folder).finished())
    listener = Listener(
        Language(choices.language), SpeechRegister(choices.register), choices.terms, sure
    )
    story = inspect_account(folder, account)
    return Answer(document(story, listener), lambda console: render_story(story, console, listener))
