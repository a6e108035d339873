"""Planning the change: who rings and when, how many agents that takes, and what it is worth."""
