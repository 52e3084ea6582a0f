"""Questions to a name server and its answers (RFC 1035), as far as the doctor asks them.

Addresses of both families (RFC 3596) and who may give certificates for a name (RFC 8659).
"""
