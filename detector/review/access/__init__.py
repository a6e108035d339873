"""Who may see what: people and roles, sessions, what a browser must prove with each request."""
