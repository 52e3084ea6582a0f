"""Chat: what people write in a room, beside the call and between two calls.

Words: a *message* is one text of one author; *retracted* means deleted, by its author or by a
facilitator. Members and guests write alike. XMPP will come into this same system.
"""
