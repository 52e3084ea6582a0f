"""Rooms over XMPP: those of groups, and those that people make with their apps. XEP-0045."""
