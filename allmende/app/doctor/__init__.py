"""The doctor: looks at everything that can go wrong on a small server and says what to do.

A check is a function of the ``Situation`` that answers with one ``Finding``. It changes nothing,
takes a few seconds at most and never raises. ``all`` has the list; ``rounds`` looks at the start
and every night; the page ``/check`` and the command ``allmende check`` show the same.
"""
