"""One step each, in order; `detector.cases.migrate` takes them."""
