"""Stage 5, visits -> ties; the door is `build.build_ties`."""
