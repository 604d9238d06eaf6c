"""A local AWS for trying and testing: moto with real databases behind RDS."""

import os

os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")  # moto reads it on import; no web page may call us
