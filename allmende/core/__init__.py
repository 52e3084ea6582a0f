"""The words that all systems share. Standard library only, no input or output."""
