"""The word lists of `words.toml`."""

import tomllib
from pathlib import Path

_LISTS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))

FIRST_NAMES = _LISTS["first_names"]
LAST_NAMES = _LISTS["last_names"]
COUNTRIES = _LISTS["countries"]
TOWN_STARTS = _LISTS["town_starts"]
TOWN_ENDS = _LISTS["town_ends"]
TOWN_ODDITIES = _LISTS["town_oddities"]
STREETS = _LISTS["streets"]
STREET_KINDS = _LISTS["street_kinds"]
DISTRICTS = _LISTS["districts"]
LANGUAGES = _LISTS["languages"]
CATEGORIES = _LISTS["categories"]
TITLE_STARTS = _LISTS["title_starts"]
TITLE_ENDS = _LISTS["title_ends"]
TALES = _LISTS["tales"]
HEROES = _LISTS["heroes"]
DEEDS = _LISTS["deeds"]
PLACES = _LISTS["places"]
TAGLINES = _LISTS["taglines"]
