"""Which accounts are treated first on which day; the door is `plan`."""
