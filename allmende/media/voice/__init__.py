"""Voice in a worker: native legs with their UDP, the bridge to RTP, slots. Spec voice, 5 to 7.

Opus bytes are never changed, decoded or stored, and there is no jitter buffer.
"""
