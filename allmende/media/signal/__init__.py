"""LiveKit's signalling in single-peer-connection mode: the client offers, we answer.

State is changed by plain functions, at once, and commands leave for the worker in the same
order; only messages that depend on a command wait for its answer (spec meet, 5).

Words: room = one call on the main side; participant = one connection, keyed by its sid;
track = what a participant publishes (up); subscription = one track to one participant (down);
section = an m-section of the participant's one peer connection.
"""
