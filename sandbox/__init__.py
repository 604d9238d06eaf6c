"""A local AWS for trying and testing: moto with real databases behind RDS."""

import os
import sys
from importlib.util import find_spec

os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")  # moto reads it on import; no web page may call us

# Or DuckDB would look for it all along sys.path with every statement that has parameters.
if "pandas" not in sys.modules and find_spec("pandas") is None:
    sys.modules["pandas"] = None  # type: ignore[assignment]
