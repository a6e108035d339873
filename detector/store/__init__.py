"""Sightings of all days, and what is remembered of files."""
