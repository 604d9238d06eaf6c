"""The reference of operators, from their docstrings, arguments and results."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.documentation.argument_names import EVERYWHERE
from scripts.documentation.places import OPERATORS, REPOSITORY, from_root
from scripts.markdown import code, page, prose, table

FOLDER = "reference/operators"
TITLES = {
    "": "What all operators share",
    "aurora": "Recovery",
    "discovery": "Sensitive data",
    "federated": "Federated loads",
    "redshift": "Statements in a warehouse",
    "synonyms": "Synonyms",
}
"""The heading of each folder's page; a folder without one goes by its name."""


@dataclass(frozen=True)
class Argument:
    """One keyword argument of an operator."""

    name: str
    kind: str
    default: str | None
    meaning: str
    owner: str


@dataclass(frozen=True)
class Operator:
    """One class: what its file says of it."""

    name: str
    file: Path
    bases: tuple[str, ...]
    text: str
    documented: dict[str, str]
    own: tuple[tuple[str, str, str | None], ...]
    methods: dict[str, ast.FunctionDef] = field(repr=False)

    @property
    def area(self) -> str:
        """The folder below ``operators``; empty for what all share."""
        parts = self.file.relative_to(OPERATORS).parts
        return parts[0] if len(parts) > 1 else ""

    @property
    def is_public(self) -> bool:
        """Whether people may put it into a DAG or derive from it."""
        return self.name.endswith("Operator") and not self.name.startswith("_")

    @property
    def summary(self) -> str:
        """The first paragraph of the docstring in one line."""
        return " ".join(self.text.split("\n\n")[0].split())


Known = dict[str, Operator]


def pages() -> dict[str, str]:
    """The pages by their place below the folder of the documentation."""
    known = operators()
    areas = sorted({one.area for one in known.values() if one.is_public})
    written = {f"{FOLDER}/{area or 'base'}.md": _page(area, known) for area in areas}
    return {f"{FOLDER}/index.md": _index(areas, known), **written}


def anchors() -> dict[str, str]:
    """The place of each operator on the site, by its class."""
    return {
        name: f"{FOLDER}/{one.area or 'base'}.md#{name}" for name, one in operators().items() if one.is_public
    }


def operators() -> Known:
    """Every class of the folder ``operators`` by its name."""
    found: Known = {}
    for path in sorted(OPERATORS.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = _read(node, path)
    return found


def arguments(operator: Operator, known: Known) -> list[Argument]:
    """The arguments of an operator, its own first, then those of the classes it derives from."""
    taken: dict[str, Argument] = {}
    lineage = list(_lineage(operator, known))
    for owner in lineage:
        for name, kind, default in owner.own:
            meaning = next((one.documented[name] for one in lineage if name in one.documented), "")
            said = meaning or EVERYWHERE.get(name, "")
            taken.setdefault(name, Argument(name, kind, default, said, owner.name))
    return list(taken.values())


def results(operator: Operator, known: Known) -> list[str]:
    """The keys that the operator hands on, as far as its code spells them."""
    keys: dict[str, None] = {}
    for start in ("result", "describe"):
        for method in _resolve(operator, start, known):
            _keys(method, operator, known, keys, seen={start})
    return list(keys)


def _read(node: ast.ClassDef, path: Path) -> Operator:
    text = ast.get_docstring(node) or ""
    said, _, rest = text.partition("\nArgs:\n")
    methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
    own = tuple(_own(methods["__init__"])) if "__init__" in methods else ()
    return Operator(node.name, path, bases, said.strip(), _documented(rest), own, methods)


def _documented(section: str) -> dict[str, str]:
    """Meanings by name from the part of a docstring below "Args:"."""
    entries = re.findall(
        r"^    (\w+): (.*(?:\n {5,}.*)*)", section.split("\n\n", maxsplit=1)[0], re.MULTILINE
    )
    return {name: " ".join(prose(meaning).split()) for name, meaning in entries}


def _own(init: ast.FunctionDef) -> Iterator[tuple[str, str, str | None]]:
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        kind = ast.unparse(argument.annotation) if argument.annotation else ""
        yield argument.arg, kind, ast.unparse(default) if default else None


def _lineage(operator: Operator, known: Known) -> Iterator[Operator]:
    """The class and what it derives from, nearest first."""
    yield operator
    for base in operator.bases:
        if base in known:
            yield from _lineage(known[base], known)


def _resolve(operator: Operator, name: str, known: Known) -> Iterator[ast.FunctionDef]:
    found = next((one.methods[name] for one in _lineage(operator, known) if name in one.methods), None)
    if found is not None:
        yield found


def _keys(
    method: ast.FunctionDef, operator: Operator, known: Known, keys: dict[str, None], seen: set[str]
) -> None:
    """Add the keys of every dictionary that the method returns, or that methods return which it calls there."""
    for answer in (node.value for node in ast.walk(method) if isinstance(node, ast.Return) and node.value):
        for node in [answer, *_spread(answer)]:
            if isinstance(node, ast.Dict):
                keys.update({key.value: None for key in node.keys if isinstance(key, ast.Constant)})
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "dict":
                keys.update({keyword.arg: None for keyword in node.keywords if keyword.arg})
            elif isinstance(node, ast.Name):
                _keys_of_name(node.id, method, keys)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self."):
                called = ast.unparse(node.func).removeprefix("self.")
                for found in _resolve(operator, called, known) if called not in seen else ():
                    _keys(found, operator, known, keys, seen | {called})


def _spread(answer: ast.expr) -> list[ast.expr]:
    """What is put together to the answer: parts of a dictionary, either side of a bar or of a condition."""
    if isinstance(answer, ast.Dict):
        parts = [value for key, value in zip(answer.keys, answer.values, strict=True) if key is None]
    elif isinstance(answer, ast.BinOp):
        parts = [answer.left, answer.right]
    elif isinstance(answer, ast.IfExp):
        parts = [answer.body, answer.orelse]
    else:
        return []
    return parts + [deeper for part in parts for deeper in _spread(part)]


def _keys_of_name(name: str, method: ast.FunctionDef, keys: dict[str, None]) -> None:
    for node in ast.walk(method):
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name:
                value = getattr(node, "value", None)
                if isinstance(value, ast.Dict):
                    keys.update({key.value: None for key in value.keys if isinstance(key, ast.Constant)})
            elif isinstance(target, ast.Subscript) and ast.unparse(target).startswith(f"{name}['"):
                keys[ast.unparse(target.slice).strip("'")] = None


def _index(areas: list[str], known: Known) -> str:
    parts = []
    for area in areas:
        rows = [
            (f"[{code(one.name)}]({area or 'base'}.md#{one.name})", prose(one.summary))
            for one in _of(area, known)
        ]
        parts += [f"## {_title(area)}", table(("operator", "what it does"), rows)]
    return page(
        "# Operators",
        "Every step of the pipelines is an operator. All of them take the arguments of "
        "[`AwsOperator`](base.md#AwsOperator), can be killed anywhere and run again, and wait without a worker.",
        *parts,
    )


def _page(area: str, known: Known) -> str:
    sections = [part for one in _of(area, known) for part in _section(one, known)]
    return page(f"# {_title(area)}", *sections)


def _of(area: str, known: Known) -> list[Operator]:
    return [one for one in known.values() if one.area == area and one.is_public]


def _title(area: str) -> str:
    return TITLES.get(area, area.replace("_", " ").capitalize())


def _section(operator: Operator, known: Known) -> Iterator[str]:
    # The repository's own path, from the page: the link is led to the file's page like those that people write.
    file = f"{'../' * 3}{from_root(operator.file)}"
    yield f"## {code(operator.name)} {{ #{operator.name} }}"
    yield prose(operator.text)
    parents = [_parent(known[base], operator) for base in operator.bases if base in known]
    origin = f"In [{operator.file.relative_to(REPOSITORY / 'plugins').as_posix()}]({file})"
    yield f"{origin}; takes also what {' and '.join(parents)} takes." if parents else f"{origin}."
    taken = arguments(operator, known)
    own = [one for one in taken if known[one.owner].own and _is_shown_here(one, operator, known)]
    if own:
        rows = [(code(one.name), code(one.kind), _default(one), one.meaning) for one in own]
        yield table(("argument", "type", "default", "meaning"), rows)
    if handed := results(operator, known):
        yield f"Hands on: {', '.join(map(code, handed))}."


def _is_shown_here(argument: Argument, operator: Operator, known: Known) -> bool:
    """Arguments of a public class that this one derives from are shown there."""
    return argument.owner == operator.name or not known[argument.owner].is_public


def _parent(parent: Operator, child: Operator) -> str:
    if not parent.is_public:
        nearest = next((base for base in parent.bases if base.endswith("Operator")), "AwsOperator")
        return code(nearest)
    page_of = "" if parent.area == child.area else f"{parent.area or 'base'}.md"
    return f"[{code(parent.name)}]({page_of}#{parent.name})"


def _default(argument: Argument) -> str:
    return "required" if argument.default is None else code(argument.default)
