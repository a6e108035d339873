"""The tables of a case store; `migrations/` holds the same, step by step.

Times are whole microseconds since 1970 UTC (`..._us`): the same number in every database.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

CASES = Table(
    "cases",
    METADATA,
    Column("account_id", String, primary_key=True),
    Column("state", String, nullable=False),
    # How often the case was opened again.
    Column("episode", Integer, nullable=False),
    # Grows with each move; who decides by an older one is refused.
    Column("version", Integer, nullable=False),
    Column("since", Date, nullable=False),
    # The last day of an exemption or an overturned appeal; null: for ever.
    Column("until", Date),
    # Bits when a person last closed it: new evidence must clearly exceed them.
    Column("closed_bits", Float),
    # From here on: what the last run said of the account.
    Column("run", String, nullable=False),
    Column("run_day", Date, nullable=False),
    Column("runs_flagged", Integer, nullable=False),
    Column("verdict", String, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("probability", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("home_confidence", Float, nullable=False),
    Column("evidence_bits", Float, nullable=False),
    Column("pattern", String, nullable=False),
    Column("external_households", Integer, nullable=False),
    Column("partner", String),
    Column("country", String),
    Column("plan", String),
    Column("signed_up", Date),
    Column("summary", Text, nullable=False),
    Column("reason_codes", Text, nullable=False),
    Index("cases_by_state", "state", "account_id"),
)

MOVES = Table(
    "moves",
    METADATA,
    # 1, 2, 3, ...: a gap is a loss.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    # move, evidence, decide, feedback, revert, policy, ...
    Column("kind", String, nullable=False),
    Column("account_id", String),
    Column("from_state", String),
    Column("to_state", String),
    Column("note", Text, nullable=False),
    # Canonical JSON.
    Column("body", Text, nullable=False),
    # Of the move before, and of this one: a chain.
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("moves_by_account", "account_id", "seq"),
)

HEAD = Table(
    "head",
    METADATA,
    # One row, which every writer locks first: the last link of the chain, the last decision.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("moves", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("decisions", BigInteger, nullable=False),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    # The columns of `detector.policy.decisions.Decisions`, and their order.
    Column("decision_id", String(32), primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("account_id", String, nullable=False),
    Column("household_id", String),
    Column("device_id", String),
    Column("treatment", String, nullable=False),
    Column("wave", String, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("rule", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("not_before_us", BigInteger, nullable=False),
    Column("run", String, nullable=False),
    Column("withdraws", String(32)),
    # The decision that took this one back; null: it is in force.
    Column("withdrawn_by", String(32)),
    Index("decisions_by_account", "account_id", "seq"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("sink", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("decision_id", String(32), nullable=False),
    Column("account_id", String, nullable=False),
    # due, sent, dead, collapsed
    Column("state", String, nullable=False),
    # Counted when it is taken in hand: above 0 the receiver may know of it.
    Column("attempts", Integer, nullable=False),
    # Is not tried before.
    Column("next_us", BigInteger, nullable=False),
    Column("claimed_by", String),
    Column("claimed_until_us", BigInteger),
    Column("sent_us", BigInteger),
    # The last thing that went wrong, without secrets.
    Column("error", Text),
    Index("deliveries_due", "sink", "state", "next_us"),
    Index("deliveries_by_account", "sink", "account_id", "seq"),
)

SINKS = Table(
    "sinks",
    METADATA,
    Column("sink", String, primary_key=True),
    # Decisions up to this one have a row in `deliveries` for the sink.
    Column("enqueued", BigInteger, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("run", String, primary_key=True),
    Column("day", Date, nullable=False),
    Column("accounts", BigInteger, nullable=False),
    Column("flagged", BigInteger, nullable=False),
    Column("taken_us", BigInteger, nullable=False),
    Column("reverted", Boolean, nullable=False),
)

DECIDES = Table(
    "decides",
    METADATA,
    # Hash of run, day, policy, wave and hold-outs: the same call is done once.
    Column("call", String(64), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("run", String, nullable=False),
    Column("wave", String, nullable=False),
    Column("policy", String(64), nullable=False),
    # Counts by treatment, partner and country as canonical JSON, to tell the next one from.
    Column("counts", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("feedback_id", String, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("account_id", String, nullable=False),
    Column("decision_id", String(32)),
    Column("body", Text, nullable=False),
)

CLAIMS = Table(
    "claims",
    METADATA,
    # Who looks at which account; over after `until_us`.
    Column("account_id", String, primary_key=True),
    Column("reviewer", String, nullable=False),
    Column("until_us", BigInteger, nullable=False),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    # Made where the account is shown, so that an answer sent twice is one.
    Column("review_id", String, primary_key=True),
    # Of the chain: the order in which answers came.
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("account_id", String, nullable=False),
    Column("reviewer", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    # confirm, clear, unsure, swap, exempt, skip
    Column("answer", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("until", Date),
    # How long it was looked at.
    Column("seconds", Float, nullable=False),
    # Of the case as it was looked at; null: there was none.
    Column("version", BigInteger),
    Column("run", String, nullable=False),
    Column("probability", Float, nullable=False),
    # Canonical JSON of codes, the strongest first.
    Column("reason_codes", Text, nullable=False),
    # flagged, random (an unflagged account of the sample), chosen (looked up by somebody)
    Column("drawn", String, nullable=False),
    # The answer was known before: it moves nothing and makes no label.
    Column("golden", Boolean, nullable=False),
    # The review that this one looks at again.
    Column("second_of", String),
    # Where the answer brought the case, and from where; null: nowhere.
    Column("from_state", String),
    Column("to_state", String),
    # When it was taken back; null: it holds.
    Column("undone_us", BigInteger),
    Index("reviews_by_account", "account_id", "seq"),
    Index("reviews_by_reviewer", "reviewer", "seq"),
    Index("reviews_by_second", "second_of"),
)

GOLDEN = Table(
    "golden",
    METADATA,
    # Accounts, as a run shows them, of which the answer is known.
    Column("account_id", String, primary_key=True),
    Column("run", String, primary_key=True),
    Column("answer", String, nullable=False),
    Column("added_by", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
)

SUSPENSIONS = Table(
    "suspensions",
    METADATA,
    # A reason that flags nobody until a person lifts it.
    Column("code", String, primary_key=True),
    Column("since_us", BigInteger, nullable=False),
    Column("suspended_by", String, nullable=False),
    # Reviews before this no longer speak against it; null: it is suspended.
    Column("lifted_us", BigInteger),
    Column("lifted_by", String),
)

USERS = Table(
    "users",
    METADATA,
    Column("name", String, primary_key=True),
    # viewer, agent, reviewer, lead, admin
    Column("role", String, nullable=False),
    # By argon2; null: signs in elsewhere, and a proxy that is trusted says so.
    Column("password_hash", String),
    Column("disabled", Boolean, nullable=False),
    Column("added_us", BigInteger, nullable=False),
)

FILTERS = Table(
    "filters",
    METADATA,
    # Of the queue, kept by a team under a name.
    Column("name", String, primary_key=True),
    # As the end of an address.
    Column("query", Text, nullable=False),
    Column("saved_by", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    # When it was forgotten; null: it is in the list.
    Column("dropped_us", BigInteger),
    Column("dropped_by", String),
)
