"""Stage 7, groups -> terms in bits; the doors are `observe.observe` and `weigh.weigh_evidence`."""
