"""Accounts under review over time, in a database; the door is `open`."""
