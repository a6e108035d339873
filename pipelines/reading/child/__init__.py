"""The process that opens untrusted files; nobody imports it, it is run."""
