"""Where things are kept: database, facts, blobs, retention, backup."""
