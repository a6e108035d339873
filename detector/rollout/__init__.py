"""The change planned and measured: who rings and when, waves, pilots, who converted."""
