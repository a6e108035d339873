"""The library: what is true of accounts, devices and places."""

from detector.kernels.compiled import keep_apart

keep_apart()
