"""Payloads of codecs, as far as a server that never decodes must read them."""
