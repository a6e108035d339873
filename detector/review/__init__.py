"""The pages on which analysts look at a run and decide; the door is `app`."""
