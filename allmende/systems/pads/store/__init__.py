"""What is kept of pads (docs/systems/pads.md lists each table with its retention)."""
