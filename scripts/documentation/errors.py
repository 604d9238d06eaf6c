"""The reference of errors: their classes, what is done about each code of AWS, every message with its remedy."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import ClientError

from scripts.documentation.places import PLUGIN
from scripts.markdown import code, page, prose, table
from switchyard.aws import error_table

FOLDER = "reference/errors"
FIELDS = {
    "BadInput": ("field", "value", "problem", "remedy"),
    "Away": ("what", "found", "remedy"),
    "StepFailed": ("what", "found", "remedy"),
    "CheckFailed": ("what", "found", "remedy"),
    "NotAllowed": ("what", "found", "remedy"),
}
"""The arguments of each error, in their order."""


def pages() -> dict[str, str]:
    """The pages by their place below the folder of the documentation."""
    return {
        f"{FOLDER}/index.md": _index(),
        f"{FOLDER}/aws.md": _aws(),
        f"{FOLDER}/messages.md": _messages(),
    }


def _index() -> str:
    tree = ast.parse((PLUGIN / "errors.py").read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    refusal = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "_Refusal")
    rows = [(code(node.name), _all_of(node), _form(node, refusal)) for node in classes]
    return page(
        "# Errors",
        "Every error of the project names what is wrong, what was found, and what to do about it. A task that fails "
        "shows the message as the last line of its log, and the ledger keeps it beside the step.",
        table(("error", "when", "its message"), rows),
        "- [What AWS answers](aws.md): each error code that is known, whether a step tries again, and what to do.\n"
        "- [Messages and remedies](messages.md): every message that the code can end with, by where it comes from.",
    )


def _all_of(node: ast.ClassDef) -> str:
    return prose((ast.get_docstring(node) or "").split("\n\n")[0])


def _form(node: ast.ClassDef, refusal: ast.ClassDef) -> str:
    own = (
        ast.get_docstring(refusal if "_Refusal" in [ast.unparse(base) for base in node.bases] else node) or ""
    )
    return code(own.partition('reads "')[2].partition('"')[0]) if 'reads "' in own else ""


def codes() -> list[str]:
    """Every code that the table of AWS errors knows, in the order of the alphabet."""
    known = {name for names in error_table._CODES.values() for name in names}
    return sorted(known | set(error_table._REMEDIES), key=str.lower)


def _aws() -> str:
    def row(name: str) -> tuple[str, str, str]:
        error = ClientError({"Error": {"Code": name, "Message": ""}}, "Any")
        return code(name), str(error_table.disposition(error)), error_table.remedy(error)

    return page(
        "# What AWS answers",
        "One table says what every step, wait and retry does about an error code. A code that is not in it is tried "
        "again when AWS answers with a status of 500 or above, or when the connection broke; else it ends the step.",
        table(("code", "what is done", "what to do when the step ends with it"), map(row, codes())),
        "Some codes stand for several errors, which their message or operation tells apart: `SnapshotQuotaExceeded` "
        "for too many copies at a time is waited out, as is a `ValidationException` about a change under way; "
        "`LimitExceededException` of a package call is a quota, not a rate.",
    )


def _messages() -> str:
    parts = []
    for folder in sorted({path.relative_to(PLUGIN).parts[:-1] for path in PLUGIN.rglob("*.py")}):
        rows = [row for path in sorted(PLUGIN.joinpath(*folder).glob("*.py")) for row in raised(path)]
        if rows:
            parts.append(f"## {'.'.join(('switchyard', *folder))}")
            parts.append(table(("error", "message", "remedy"), rows))
    return page(
        "# Messages and remedies",
        "Every error that the code writes out, by where it comes from. What stands in braces is put in when it "
        "happens; `…` is text that the code puts together elsewhere.",
        *parts,
    )


def raised(path: Path) -> Iterator[tuple[str, str, str]]:
    """Error, message and remedy of every error that a file makes, in the order of its lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in FIELDS:
            given = dict(zip(FIELDS[name], map(_text, node.args), strict=False))
            given |= {keyword.arg: _text(keyword.value) for keyword in node.keywords if keyword.arg}
            words = {field: given.get(field, "…") for field in FIELDS[name]}
            remedy = words.pop("remedy")
            if set(words.values()) | {remedy} != {"…"}:
                yield code(name), _message(words), remedy


def _message(words: dict[str, str]) -> str:
    if "field" in words:
        return f"{words['field'] or '{field}'}: {words['problem']}"
    return f"{words['what']}: {words['found']}"


def _text(node: ast.expr) -> str:
    """The words of a string, with expressions in braces; an ellipsis where it is no string."""
    if isinstance(node, ast.Constant):
        return _escaped(str(node.value))
    if isinstance(node, ast.JoinedStr):
        parts = (
            _escaped(str(part.value)) if isinstance(part, ast.Constant) else code(f"{{{_spelled(part)}}}")
            for part in node.values
        )
        return "".join(parts).replace("``", "")  # two in a row are one piece of code
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return f"{_text(node.left)}{_text(node.right)}"
    return "…"


def _spelled(part: ast.expr) -> str:
    """An expression as short as it can be told: the last name in it."""
    spelled = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ast.unparse(part)
    return spelled if spelled.replace(".", "").replace("_", "").isalnum() else "…"


def _escaped(text: str) -> str:
    return " ".join(text.replace("*", "\\*").replace("<", "&lt;").split("\n")).replace("`", "'")
