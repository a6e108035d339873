"""What is done about an account, by rules; the door is `decide`."""
