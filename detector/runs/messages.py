"""What is told of a run in lines that any program can read: who is flagged, and what changed.

A line is one JSON object in the one form that gives the same bytes for the same content: keys
sorted, no spaces, everything beyond ASCII escaped, so that no id can end a line. There is no field
for an address, a coordinate, or the name of a device or profile.
"""

import dataframely as dy

from detector.kinds import VERDICTS
from detector.runs.contract import OBJECT, VERSION

FLAGS, CHANGES = "flags.ndjson", "changes.ndjson"
FLAG, CHANGE = f"household.run.flag.v{VERSION}", f"household.run.change.v{VERSION}"
MESSAGES = {FLAGS: FLAG, CHANGES: CHANGE}
"""The files of messages beside the tables, and the schema of each one's lines."""

NOT_SEEN = "not_seen"
"""Why an account is not flagged any more of which the log has no usable row now."""

_WINDOW: dict[str, dy.Column] = {"first_day": dy.Date(), "last_day": dy.Date()}
_CODE: dict[str, dy.Column] = {
    "code": dy.String(min_length=1, description="Of a reason; new ones may come."),
    "parameters": dy.String(metadata={OBJECT: True}, description="What its sentence counts."),
}
_MEMBERS: dict[str, dy.Column] = {
    "household": dy.Int32(min=0, description="0 is home, 1 the surest other."),
    "household_id": dy.String(min_length=1, description="The same from run to run."),
    "probability": dy.Float64(min=0, max=1, description="That it is not home."),
    "devices": dy.List(dy.String(min_length=1), description="Ids of its devices, sorted."),
}


class Flags(dy.Schema):
    """One flagged account, as a line of ``flags.ndjson``; sorted by account.

    Built by `detector.runs.tell.write_messages` from the tables of the run.
    """

    schema = dy.String(min_length=1, description="The `$id` of the schema of this line.")
    schema_version = dy.Int32(min=1)
    run = dy.String(min_length=1, description="Fingerprint of the run.")
    window = dy.Struct(_WINDOW, description="The days that were judged, both included.")
    account_id = dy.String(primary_key=True, description="Exactly as in the log.")
    verdict = dy.Enum(VERDICTS)
    probability = dy.Float64(min=0, max=1, description="That the deciding group is elsewhere.")
    threshold = dy.Float64(min=0, max=1, description="Below it, a flag of the run before is held.")
    home_confidence = dy.Float64(
        min=0, max=1, description="That household 0 is home: ask it before any device is touched."
    )
    external_households = dy.UInt32(description="Households beside home.")
    pattern = dy.String(description="The situation that explains it best.")
    households = dy.List(
        dy.Struct(_MEMBERS), description="Home and the external ones, by their number."
    )
    reason_codes = dy.List(dy.Struct(_CODE), description="For sharing, the strongest first.")
    summary = dy.String(description="One sentence that can be read to the person concerned.")


class Changes(dy.Schema):
    """What became of one account's flag since the run before, as a line of ``changes.ndjson``.

    Built by `detector.runs.tell.write_messages`. Accounts that are flagged neither now nor
    before have no line; without `--previous` each flag is new.
    """

    schema = dy.String(min_length=1, description="The `$id` of the schema of this line.")
    schema_version = dy.Int32(min=1)
    run = dy.String(min_length=1, description="Fingerprint of the run.")
    previous_run = dy.String(nullable=True, description="Of the run before, if one was named.")
    window = dy.Struct(_WINDOW, description="The days that were judged, both included.")
    account_id = dy.String(primary_key=True, description="Exactly as in the log.")
    change = dy.Enum(
        ["new", "held", "released"],
        description="Flagged now and not before; now and before; before and not now.",
    )
    below_threshold = dy.Bool(
        description="Flagged only because it was before: nobody else with as much evidence is."
    )
    verdict = dy.Enum(VERDICTS, nullable=True, description="Null: not seen in the window.")
    probability = dy.Float64(nullable=True, min=0, max=1, description="Null: not seen.")
    threshold = dy.Float64(nullable=True, min=0, max=1, description="Null: not seen.")
    why_not = dy.Struct(
        _CODE, nullable=True, description="Why it is not flagged any more; null if it is."
    )
