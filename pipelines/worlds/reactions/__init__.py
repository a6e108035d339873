"""A world that goes on for months and answers what is done to its accounts; the door is `react`."""
