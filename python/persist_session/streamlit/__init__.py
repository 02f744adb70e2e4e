"""Hooks into Streamlit: the start and the end of runs. Below: resume, and the start of Streamlit itself."""

from .fresh import fresh_after_reload
from .runs import connect, install

__all__ = ["connect", "fresh_after_reload", "install"]
