from tests.browser.stories import tell

__all__ = ["tell"]
