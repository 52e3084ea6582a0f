"""How SQLite would answer the statements of a store."""

from types import ModuleType

from sqlalchemy import ClauseElement, Connection, text
from sqlalchemy.dialects import sqlite


def full_scans(db: Connection, store: ModuleType) -> list[str]:
    """Return the names of prebuilt statements that would read a whole table."""
    found = []
    for name, statement in vars(store).items():
        if not name.startswith("_") or not isinstance(statement, ClauseElement):
            continue
        if name.startswith("_ADD"):
            continue
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
        values = dict.fromkeys(compiled.params, 1)
        plan = db.execute(text(f"EXPLAIN QUERY PLAN {compiled}"), values).all()
        if any(str(step[3]).startswith("SCAN") for step in plan):
            found.append(name)
    return found
