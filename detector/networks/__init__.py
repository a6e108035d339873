"""Stage 3, sightings -> networks; the door is `survey.survey`, and `count` adds up for engines."""
