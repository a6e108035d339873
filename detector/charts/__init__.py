"""Pictures as SVG, made on the server: their parts, and those that several pages show."""
