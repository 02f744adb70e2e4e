"""What the start module does before Streamlit runs."""

from .app_secret import print_app_secret, with_app_secret
from .inherited import close_inherited
from .launch import Launch
from .limits import raise_open_files
from .mount import find_mount, name_of
from .no_delay import send_at_once
from .options import install_options
from .parent import end_with_parent
from .peer import install_peer, install_peer_in
from .report import Report, tell_what_is_served

__all__ = [
    "Launch",
    "Report",
    "close_inherited",
    "end_with_parent",
    "find_mount",
    "install_options",
    "install_peer",
    "install_peer_in",
    "name_of",
    "print_app_secret",
    "raise_open_files",
    "send_at_once",
    "tell_what_is_served",
    "with_app_secret",
]
