"""Tests of the binding. `python -m unittest` in the directory above runs them."""

import logging

# Scripts that fail on purpose are no news.
logging.disable(logging.CRITICAL)

try:
    from hypothesis import HealthCheck, settings
except ImportError:
    pass
else:
    # The same examples in every run, however busy the machine is: a failure can be had again.
    settings.register_profile(
        "persist-session", deadline=None, derandomize=True, database=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("persist-session")
