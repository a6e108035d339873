"""Pilots: whom to leave in peace so that one can tell; doors `design`, `assign`, `read`."""
