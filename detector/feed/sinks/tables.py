"""The tables of a PostgreSQL that messages are written to, and how they are kept."""

MAKE = (
    """CREATE TABLE IF NOT EXISTS treatments_received (
    decision_id text PRIMARY KEY,
    sequence bigint NOT NULL,
    account_id text NOT NULL,
    household_id text,
    device_id text,
    treatment text NOT NULL,
    wave text NOT NULL,
    episode integer NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    as_of date NOT NULL,
    not_before timestamptz NOT NULL,
    run text NOT NULL,
    withdraws text
)""",
    """CREATE INDEX IF NOT EXISTS treatments_received_by_account
    ON treatments_received (account_id)""",
    """CREATE INDEX IF NOT EXISTS treatments_received_by_withdrawn
    ON treatments_received (withdraws) WHERE withdraws IS NOT NULL""",
    """CREATE TABLE IF NOT EXISTS treatments_current (
    account_id text NOT NULL,
    device_id text NOT NULL,
    household_id text,
    treatment text NOT NULL,
    decision_id text,
    reason text,
    since timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, device_id)
)""",
)
"""An empty `device_id` of `treatments_current` is the account as a whole."""

ARRIVE = "CREATE TEMPORARY TABLE arrived (LIKE treatments_received) ON COMMIT DROP"
COPY = "COPY arrived FROM STDIN WITH (FORMAT csv)"
KEEP = "INSERT INTO treatments_received SELECT * FROM arrived ON CONFLICT DO NOTHING"

UPDATE = """
WITH touched AS (
    SELECT account_id, coalesce(device_id, '') AS device_id FROM arrived
    UNION
    SELECT r.account_id, coalesce(r.device_id, '')
    FROM treatments_received r JOIN arrived a ON a.withdraws = r.decision_id
), in_force AS (
    SELECT DISTINCT ON (t.account_id, t.device_id)
        t.account_id, t.device_id, r.household_id, r.treatment, r.decision_id, r.reason,
        r.not_before
    FROM touched t
    JOIN treatments_received r
        ON r.account_id = t.account_id AND coalesce(r.device_id, '') = t.device_id
    WHERE r.withdraws IS NULL AND NOT EXISTS (
        SELECT FROM treatments_received w WHERE w.withdraws = r.decision_id
    )
    ORDER BY t.account_id, t.device_id, r.sequence DESC
), known AS (
    SELECT t.account_id, t.device_id
    FROM touched t JOIN treatments_current c USING (account_id, device_id)
    UNION SELECT account_id, device_id FROM in_force
)
INSERT INTO treatments_current AS c
SELECT account_id, device_id, f.household_id, coalesce(f.treatment, 'none'), f.decision_id,
    f.reason, f.not_before, CAST(:at AS timestamptz)
FROM known LEFT JOIN in_force f USING (account_id, device_id)
ON CONFLICT (account_id, device_id) DO UPDATE SET
    household_id = excluded.household_id,
    treatment = excluded.treatment,
    decision_id = excluded.decision_id,
    reason = excluded.reason,
    since = excluded.since,
    updated_at = excluded.updated_at
WHERE (c.household_id, c.treatment, c.decision_id, c.reason, c.since) IS DISTINCT FROM
    (excluded.household_id, excluded.treatment, excluded.decision_id, excluded.reason,
        excluded.since)
"""
"""What is in force for whom the batch is about: a row is touched only if it says something new."""
