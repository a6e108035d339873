"""What a forecast takes for granted, each number with its unit, its range and its source."""
