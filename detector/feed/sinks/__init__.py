"""Where messages go, one module for each kind; `configured` opens those that a file names."""
