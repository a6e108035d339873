"""What would clear an account; the door is `clear.clear_accounts`."""
