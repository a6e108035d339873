"""A log's rows as they were read, before anything is judged."""

import dataframely as dy


class Rows(dy.Schema):
    """One row of a log under the contract's names and types; nothing is checked yet.

    Built by `pipelines.reading`, read by `detector.events.clean.clean_events`.
    """

    file = dy.String()
    row = dy.Int64(min=0, description="Number of the row in its file, from 0.")
    ts = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC")
    ts_text = dy.String(nullable=True, description="The time as logged, where it is unreadable.")
    account_id = dy.String(nullable=True)
    device_id = dy.String(nullable=True)
    ip = dy.String(nullable=True)
    event_type = dy.String(nullable=True)
    device_type = dy.String(nullable=True)
    duration_s = dy.Int64(nullable=True)
    country = dy.String(nullable=True)
    city = dy.String(nullable=True)
    latitude = dy.Float64(nullable=True, allow_inf=True, allow_nan=True)
    longitude = dy.Float64(nullable=True, allow_inf=True, allow_nan=True)
    asn = dy.Int64(nullable=True)
    as_org = dy.String(nullable=True)
    connection_type = dy.String(nullable=True)
    profile_id = dy.String(nullable=True)
    event_id = dy.String(nullable=True)
