"""How much fits: what we tell senders of the packets that reached us."""
