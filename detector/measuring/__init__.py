"""Verdicts against truth, runs against runs, and on whom flags fall."""
