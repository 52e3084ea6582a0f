"""SCRAM: proving a password without sending it, seen from the server (RFC 5802, RFC 7677).

A server keeps ``ScramKeys`` instead of a password. It is asked in three steps, each a value:
``begin`` reads who comes, ``Opening.challenge`` asks, ``Challenge.finish`` judges the answer.
"""
