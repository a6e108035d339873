"""Stage 3, sightings -> networks; the door is `survey`."""
