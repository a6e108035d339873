"""The command `household inspect-log`."""

from pipelines.commands.answers import COMMON, Answer, Common


def inspect_log(
    logs: list[str], /, *, preset: str | None = None, common: Common = COMMON
) -> Answer:
    """Show a log's columns, rows and times, and propose how its columns map.

    Args:
        logs: Parquet, CSV or JSON files, folders of them, or patterns in quotes.
        preset: Log format: ecs, entra, jellyfin, netflix-export, ocsf, okta, snowplow, spotify,
            tautulli, or a TOML file.
        common: Options of every command.
    """
    from dataclasses import asdict

    from pipelines.config import read_config
    from pipelines.jobs.inspect_log import inspect_log, render_inspection
    from pipelines.reading.options import ReadOptions

    settings = read_config(common.config).settings
    inspection = inspect_log(logs, settings, ReadOptions(preset=preset))
    return Answer(asdict(inspection), lambda console: console.print(render_inspection(inspection)))
