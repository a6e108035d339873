"""A run's folder: written whole, read with trust."""
