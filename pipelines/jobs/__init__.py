"""One job, one module, named as its command."""
