"""XMPP as values: streams, stanzas, addresses; a file for each document (RFC 6120 and XEPs).

A stanza is kept as its own bytes (a slice) and is read as a tree only where rules need more than
its attributes and the names of its children.
"""
