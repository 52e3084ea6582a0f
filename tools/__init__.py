"""Checks and helpers of the project itself. Run from its root: ``python -m tools.sizes``."""
