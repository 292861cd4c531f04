"""HarfBuzz, whose module is compiled and has no types."""

from typing import Any

import uharfbuzz

hb: Any = uharfbuzz
Font = Any
