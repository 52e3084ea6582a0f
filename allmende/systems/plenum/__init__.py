"""Plenum: the assembly in a room. Agenda, minutes and hands beside the call.

Words: assembly, agenda, item, minutes, facilitation (docs/words.md).
"""
