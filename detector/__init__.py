"""The library: what is true of accounts, devices and places."""
