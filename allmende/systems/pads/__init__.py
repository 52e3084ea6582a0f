"""Pads: documents that many people write at the same time, with or without an account.

Words: pad, author (a person in one pad), session (one open editor), capability, link, row (the
merged edits of one session in one flush), batch (the rows of one flush), keyframe, revision (a
named keyframe), generation. Standards: the Yjs update format V1 and y-protocols; CommonMark.
"""
