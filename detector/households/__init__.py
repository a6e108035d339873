"""Stage 6, ties -> groups of devices, and which is home; the door is `group.group_devices`."""
