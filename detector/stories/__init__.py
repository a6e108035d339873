"""One account as a document; the door is `tell`."""
