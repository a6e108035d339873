"""Decisions on their way to those who act on them; the door is `publish`."""
