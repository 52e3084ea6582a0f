"""LiveKit's signalling as values: messages, the join request in the address, access tokens.

Source: the protobufs of livekit-protocol 1.1.29 and what livekit-client 2.23.0 and livekit
1.2.1 were measured to send (spec meet, 5 and 11).
"""
