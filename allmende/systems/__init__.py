"""The systems: folders of one shape (architecture, section 3)."""
