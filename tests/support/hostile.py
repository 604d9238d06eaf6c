"""Texts and names that would end a quote, open a comment, run a template or a shell, climb folders, break a line."""

from __future__ import annotations

HOSTILE = {
    "quote": "x' OR '1'='1",
    "double quote": 'a"; DROP TABLE x; --',
    "backtick": "x`; DROP TABLE y; -- `",
    "comment": "x/**/UNION/**/SELECT 1 -- ",
    "backslash": "x\\'; DROP TABLE y; --",
    "template": "{{ 7 * 191 }}",
    "template statement": "{% for x in (1,) %}1337{% endfor %}",
    "template comment": "x{# hidden #}",
    "line feed": "x\nname: other",
    "carriage return": "x\rother",
    "NUL": "x\0y",
    "escape code": "x\x1b[2Jy",
    "half a character": "x\ud800y",
    "Cyrillic letter": "\u0430dmin",
    "reversed": "x\u202egpj.exe",
    "unseen": "x\u200by",
    "path upwards": "../../../etc/passwd",
    "path with a dot": "x/./../y",
    "shell": "x; rm -rf / #",
    "shell substitution": "$(touch /tmp/x)`id`",
    "format": "%s%n%(password)s",
    "braces": "{0.__class__.__mro__}",
    "markup": "<script>alert(1)</script>",
    "YAML tag": "!!python/object/apply:os.system [id]",
    "URL": "http://169.254.169.254/latest/meta-data/",
    "very long": "x" * 20_000,
}
"""By what they try; in fields of configurations and in values of rows."""

NAMES = (
    'a"; DROP TABLE words; --',
    "a`; DROP TABLE words; -- `",
    "a'; DROP TABLE words; --",
    '""',
    "``",
    "''",
    "per%cent %s %(schema)s %%",
    "{{ 7 * 191 }}",
    "{0.__class__}",
    "line\nfeed",
    "back\\slash\\",
    "-- comment",
    "/* comment */",
    "$$body$$",
    "$(touch x)`id`",
    "söme ünicode",
    "\u0430dmin",
    "select",
    "words ",
    "a.b",
    "x" * 60,
)
"""Names of tables and columns."""


def quoted(name: str, engine: str) -> str:
    """A name as the server's own manual quotes it, which is not how the product does it."""
    mark = {"mysql": chr(96), "postgres": chr(34)}[engine]
    return mark + "".join(one * 2 if one == mark else one for one in name) + mark
