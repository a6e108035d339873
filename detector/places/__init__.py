"""Stage 4, networks -> places and visits; the door is `find.find_places`."""
