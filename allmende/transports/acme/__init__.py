"""Certificates from an authority that gives them away (RFC 8555): ask, answer, renew, keep trying.

``authority`` speaks with the authority in a thread, ``answering`` is what it looks at on port 80,
``keeping`` decides when to ask, ``files`` is what is kept in ``DATA/tls/acme``.
"""
