"""What desk keeps: what was told to people, and where they want to hear of it."""
