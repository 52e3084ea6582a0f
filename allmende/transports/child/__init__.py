"""Foreign file formats are read in a process of their own: no file, no network, little memory.

A job is a module with ``prepare()``, which loads all that it needs, and ``work(payload: bytes) ->
bytes``; between the two the process gives up everything else. It gets one payload. What it raises
stays inside: the caller hears only that nothing came back.
"""
