"""Between the reader of logs and the store: writing ingests, reading windows, upkeep."""
