"""Arithmetic over flat arrays, compiled where a loop is needed; no word of the domain is in it."""
