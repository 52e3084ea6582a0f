"""XML 1.0 (fifth edition) with namespaces, bounded: what may come from anybody.

Names are written as expat and ElementTree's users know them: ``uri local``, or ``local`` alone.
"""
