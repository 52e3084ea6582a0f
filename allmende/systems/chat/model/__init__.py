"""What things of the chat are: one file a noun."""
