"""What identity keeps: tables, how long, and functions that take a connection."""
