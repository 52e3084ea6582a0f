from tests.crash.conftest import tell

__all__ = ["tell"]
