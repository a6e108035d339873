"""The batch jobs and the command line."""
