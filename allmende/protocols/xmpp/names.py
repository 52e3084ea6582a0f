"""The namespaces that streams are made of. Those of an extension stand in its own file."""

from typing import Final

CLIENT: Final = "jabber:client"
SERVER: Final = "jabber:server"
COMPONENT: Final = "jabber:component:accept"
STREAM: Final = "http://etherx.jabber.org/streams"
FRAMING: Final = "urn:ietf:params:xml:ns:xmpp-framing"
TLS: Final = "urn:ietf:params:xml:ns:xmpp-tls"
SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
SESSION: Final = "urn:ietf:params:xml:ns:xmpp-session"
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
STREAMS: Final = "urn:ietf:params:xml:ns:xmpp-streams"
"""Of the conditions in stream errors; the element <error/> itself is of STREAM."""
