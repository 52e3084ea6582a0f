"""``allmende demo``: a sample collective in memory, and bots that hold its plenum.

``stage`` opens the house and starts the process ``bots``; in there ``collective`` makes group,
room and links, ``bot`` is one person with ``browser``, ``media`` and ``pen``, and ``play``
says whose turn it is. What they say and write is in ``scripts``.
"""
