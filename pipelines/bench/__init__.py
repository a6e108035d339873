"""What judging a log costs, in ratios to other ways."""
