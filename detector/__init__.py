"""The library: what is true of accounts, devices and places."""

from detector.compiled import keep_apart

keep_apart()
