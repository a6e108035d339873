"""Stage 1, rows of a log -> clean events; the door is `clean.clean_events`."""
