"""What a log proves of the detector without a label; the door is `prove.prove`."""
