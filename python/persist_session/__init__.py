"""State that survives the reload of a Streamlit app.

Start the app with ``persist-session run app.py``.
"""

import sys as _sys

from .codec import Opaque
from .errors import PersistError
from .session import clear_attribute, clear_cookie_state, commit, end_session, rotate, update
from .persist import persist
from .streamlit import forget, fresh_after_reload, keep

__all__ = [
    "Opaque",
    "PersistError",
    "clear_attribute",
    "clear_cookie_state",
    "commit",
    "end_session",
    "forget",
    "fresh_after_reload",
    "keep",
    "persist",
    "rotate",
    "update",
]

if "streamlit.runtime.scriptrunner" in _sys.modules:
    # Streamlit was not started by our start module.
    from .own_environment import own_variables as _own_variables
    from .streamlit import install as _install
    from .streamlit.kept import install as _install_keep
    from .streamlit.resume import install as _install_resume

    _install()
    _install_resume(_own_variables())
    _install_keep(_own_variables())
