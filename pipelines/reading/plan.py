"""Settings, options and preset → the one plan that every child follows."""

from detector.errors import SettingsError
from detector.log_settings import ColumnSettings
from detector.settings import Settings
from pipelines.reading.options import ReadOptions
from pipelines.reading.presets import read_preset
from pipelines.reading.shared.enrichment import check_enrichment
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.messages import ReadPlan


def make_read_plan(settings: Settings, options: ReadOptions) -> ReadPlan:
    """Lay the user's columns over those of the preset.

    Raises:
        SettingsError: If the preset or a list is not there.
    """
    sources = (LogSource(),) if options.preset is None else read_preset(options.preset).sources
    given = settings.columns.model_dump(exclude_unset=True, exclude_none=True)
    extras = (options.accounts, options.only, *options.mmdb, *(each.path for each in options.cidr))
    for path in extras:
        if path is not None and not path.is_file():
            raise SettingsError(f"There is no file {str(path)!r}.", hint="check the path given.")
    plan = ReadPlan(
        sources=tuple(_overlaid(source, given) for source in sources),
        explicit=tuple(given),
        events=settings.events,
        only=_text(options.only),
        mmdb=tuple(str(path) for path in options.mmdb),
        cidr=tuple((each.connection_type, str(each.path)) for each in options.cidr),
        memory_mb=options.memory_mb,
        chunk_rows=options.chunk_rows,
    )
    check_enrichment(plan)
    return plan


def _overlaid(source: LogSource, given: dict[str, object]) -> LogSource:
    columns = source.columns.model_dump(exclude_none=True) | given
    constants = {name: value for name, value in source.constants.items() if name not in given}
    update = {"columns": ColumnSettings.model_validate(columns), "constants": constants}
    return source.model_copy(update=update)


def _text(path: object) -> str | None:
    return None if path is None else str(path)
