"""The factors, one module for each witness."""
