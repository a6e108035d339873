"""The page of a forecast: one HTML file that needs nothing else; door: `html`."""
