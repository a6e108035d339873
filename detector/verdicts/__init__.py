"""Stage 8, evidence -> verdicts, words and tables; the door is `decide.decide_verdicts`."""
