"""Plain ``streamlit run``: the gateway takes over the sockets that Streamlit opens, and Streamlit
continues behind it.

Whatever fails here, Streamlit serves the app as it would without us, and one
line says what is off and how to fix it.
"""

from .alone import alone
from .arm import arm

__all__ = ["alone", "arm"]
