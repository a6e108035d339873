"""Stage 2, events -> sightings; the door is `build.build_sightings`."""
