"""Untrusted logs → buckets of sightings; only child processes ever open a log's files."""
