"""Chat for programs: XMPP (RFC 6120, 6121 and the XEPs of docs/protocols.md).

Words of the protocol live here: a *session* is one bound resource, an *outlet* its sending end.
"""
