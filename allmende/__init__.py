"""Allmende: one self-hosted server for groups that cannot meet in one room."""
