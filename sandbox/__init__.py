"""A local AWS for trying and testing: moto with real databases behind RDS."""

import os
import sys
from importlib.util import find_spec

os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")  # moto reads it on import; no web page may call us

# DuckDB looks for pandas with every statement that it runs, all along sys.path: a quarter of a statement's time.
if "pandas" not in sys.modules and find_spec("pandas") is None:
    sys.modules["pandas"] = None  # type: ignore[assignment]
