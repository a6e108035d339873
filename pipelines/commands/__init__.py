"""The commands of `household`, one module each, light to import."""
