"""Questions that systems ask each other: one Protocol a file (agreements, Ports)."""
