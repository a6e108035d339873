"""One module, one factor, one kind of innocence."""
