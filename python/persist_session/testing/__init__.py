"""For the tests of apps: a browser's session and a store in memory, without Node and without a
gateway."""

from .browser import Browser, test_session
from .memory_service import MemoryService

__all__ = ["Browser", "MemoryService", "test_session"]
