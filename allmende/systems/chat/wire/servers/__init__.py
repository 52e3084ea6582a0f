"""Other servers: streams that they begin, and those that we begin. RFC 6120; XEP-0220, 0368.

`servers.Servers` is what the rest of the server talks to; `reach.NetworkReach` finds others.
"""
