"""Tests of the binding. `python -m unittest` in the directory above runs them."""

import logging

# Scripts that fail on purpose are no news.
logging.disable(logging.CRITICAL)
