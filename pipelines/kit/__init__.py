"""What those who receive decisions may begin with; nothing of the detector is in it."""
