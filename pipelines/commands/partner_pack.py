"""The command `household partner-pack`."""

from pathlib import Path
from typing import Annotated, Literal

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import QUIET


def partner_pack(
    forecast: Path,
    /,
    *,
    out: Path,
    language: Annotated[tuple[Literal["en", "fr", "es"], ...], QUIET] = (),
    common: Common = COMMON,
) -> Answer:
    """Write for each partner what its call centre has to know, in one page and one table.

    No account is in them; groups of fewer than ten are merged with others.

    Args:
        forecast: The folder that household forecast wrote.
        out: Folder that gets two files for each partner.
        language: In which; may be given several times, by default all three are in one page.
        common: Options of every command.
    """
    from detector.stories.templates import Language
    from pipelines.config import read_config
    from pipelines.jobs.partner_pack import PackJob, packs_document, render_packs, write_packs

    read_config(common.config)
    languages = tuple(Language(each) for each in language) or tuple(Language)
    packs = write_packs(PackJob(forecast, out, languages))
    return Answer(packs_document(packs), lambda console: render_packs(packs, console))
