"""What tables refer to each other with."""

from sqlalchemy import ForeignKey


def of(table: str) -> ForeignKey:
    """Return a key of a row of ``table``, which takes this row along when it goes."""
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


def if_there(table: str) -> ForeignKey:
    """Return a key of a row of ``table``; when that goes, nothing is left of it here."""
    return ForeignKey(f"{table}.id", ondelete="SET NULL")
