"""How SQLite would answer the statements of a store."""

from types import ModuleType

from sqlalchemy import ClauseElement, Connection, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler


def full_scans(db: Connection, store: ModuleType) -> list[str]:
    """Return the names of prebuilt statements that would read a whole table."""
    found = []
    for name, statement in vars(store).items():
        if not name.startswith("_") or not isinstance(statement, ClauseElement):
            continue
        if name.startswith("_ADD"):
            continue
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(name)
        values = {name: [1, 2] if bound.expanding else 1 for name, bound in compiled.binds.items()}
        state = compiled.construct_expanded_state(values)
        plan = db.execute(text(f"EXPLAIN QUERY PLAN {state.statement}"), state.parameters).all()
        if any(str(step[3]).startswith("SCAN") for step in plan):
            found.append(name)
    return found
