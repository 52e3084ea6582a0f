"""What is wrong with XML that came from outside."""


class XmlRefused(Exception):
    """Base of the errors of this package; their text names no content."""


class XmlMalformed(XmlRefused):
    """Not well-formed, not UTF-8, or of another encoding."""


class XmlRestricted(XmlRefused):
    """A DTD, entity, processing instruction or comment (RFC 6120, 11.1)."""


class XmlTooMuch(XmlRefused):
    """Deeper, longer, or with more attributes than allowed."""
