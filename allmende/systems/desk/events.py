"""Desk tells of nothing by itself: what happens on its pages are facts of identity."""
