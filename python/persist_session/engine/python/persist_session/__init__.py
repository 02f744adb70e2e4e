"""The package around this directory, for a Python that does not have it: this directory goes onto
its path, and nothing else is there.

The directory that holds the real package is `site-packages` of another environment, which would
bring along all that is installed there.
"""

import sys as _sys
from importlib.util import module_from_spec as _module_from_spec, spec_from_file_location as _spec_from_file_location
from pathlib import Path as _Path

_package = _Path(__file__).resolve().parents[3]
_spec = _spec_from_file_location(__name__, _package / "__init__.py", submodule_search_locations=[str(_package)])
assert _spec is not None and _spec.loader is not None
# The import system gives what stands here when this module ends: the package itself, as if it had
# been found at its place.
_sys.modules[__name__] = _module_from_spec(_spec)
_spec.loader.exec_module(_sys.modules[__name__])
