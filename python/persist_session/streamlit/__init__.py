"""Hooks into Streamlit: the start and the end of runs. Below: resume, keep, and the start of
Streamlit itself."""

from .fresh import fresh_after_reload
from .kept import forget, keep
from .runs import connect, install

__all__ = ["connect", "forget", "fresh_after_reload", "install", "keep"]
