"""STUN Binding as ICE uses it: bytes <-> values, nothing else.

Words: **check** = a Binding request that an ICE agent sends to try a path; **ufrag** and
**password** = the short-term credential of one end. Standards: RFC 8489 (STUN), RFC 8445
(attributes of ICE). No long-term credentials, no TURN, no SHA-256 integrity.
"""
