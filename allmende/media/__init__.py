"""The forwarding engine. It knows legs, tracks and rooms; accounts and pages are unknown here."""
