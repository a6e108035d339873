"""The command `household schema`."""

from pipelines.commands.answers import COMMON, Answer, Common


def schema(name: str | None = None, /, *, common: Common = COMMON) -> Answer:
    """Print the JSON Schema of a table, message or file; without a name, list them.

    Args:
        name: Of a schema; accounts means household.table.accounts.v1, the newest if there are more.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.schema import list_schemas, read_schema, render_list, render_schema

    read_config(common.config)
    if name is None:
        listed = list_schemas()
        return Answer({"schemas": listed}, lambda console: render_list(listed, console))
    found = read_schema(name)
    return Answer(found, lambda console: render_schema(found, console))
