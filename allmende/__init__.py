"""Allmende: one self-hosted server for groups that cannot meet in one room."""

__version__ = "0.1.0"
