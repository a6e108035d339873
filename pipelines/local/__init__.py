"""The engine of one machine: survey, judge, merge."""
