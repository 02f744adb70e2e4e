"""The package of this name beside `persist_session`, in the same way."""

import sys as _sys
from importlib.util import module_from_spec as _module_from_spec, spec_from_file_location as _spec_from_file_location
from pathlib import Path as _Path

_package = _Path(__file__).resolve().parents[4] / "streamlit_persist_session"
_spec = _spec_from_file_location(__name__, _package / "__init__.py", submodule_search_locations=[str(_package)])
assert _spec is not None and _spec.loader is not None
_sys.modules[__name__] = _module_from_spec(_spec)
_spec.loader.exec_module(_sys.modules[__name__])
