"""Arithmetic over flat arrays, compiled where a loop is needed.

Of the domain it knows only the two ids by which rows lie together, account and device.
"""
