"""What pages have in common: pictures as SVG, made on the server, and how templates write."""
