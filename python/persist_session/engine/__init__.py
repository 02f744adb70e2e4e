"""What starts the gateway from Python: the Node that runs it, the compiled command, and the console
script of the wheel."""

from .app_python import AppPython, app_python
from .command import main
from .entry import gateway_entry
from .node import Node, find_node

__all__ = ["AppPython", "Node", "app_python", "find_node", "gateway_entry", "main"]
