"""Rows of a CSV file, as spreadsheets save them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from switchyard.errors import BadInput
from switchyard.synonyms.rules import COLUMNS_HELP, Layout, SourceRow, Unreadable, column_name
from switchyard.synonyms.text import shown

_SEPARATORS = ",;\t|"
_BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_SAVE_AS = "Save it as CSV UTF-8; in Excel it is one of the types under Save As"


@dataclass(frozen=True)
class CsvTable:
    """A CSV file with a first line that names the columns.

    Attributes:
        path: The file.
        separator: What stands between its cells.
        columns: Names of its columns.
    """

    path: Path
    separator: str
    columns: tuple[str, ...]

    @classmethod
    def open(cls, path: Path) -> CsvTable:
        """Look at the first line, and find out how the file is written.

        Raises:
            BadInput: It is not UTF-8, or its first line names no columns of synonyms.
        """
        with path.open("rb") as file:
            mark = _BYTE_ORDER_MARKS.get(file.read(2))
        if mark:
            raise BadInput("file", str(path), f"it is {mark}", _SAVE_AS)
        separator, columns = max(
            ((separator, _first_line(path, separator)) for separator in _SEPARATORS),
            key=lambda found: sum(column_name(column) is not None for column in found[1]),
        )
        if not any(map(column_name, columns)):
            begins = ", ".join(columns) or "empty"
            raise BadInput("first line", begins, "it names no column of synonyms", COLUMNS_HELP)
        Layout.of(columns, ignore_unknown=True)
        return cls(path, separator, columns)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that are not read because they are none of synonyms."""
        return tuple(column for column in self.columns if column.strip() and column_name(column) is None)

    def rows(self) -> Iterator[SourceRow]:
        """Read the rows, without those that are empty; a row without an id is known by its line.

        Raises:
            BadInput: The file is not UTF-8, or a quotation mark is not closed.
        """
        layout = Layout.of(self.columns, ignore_unknown=True)
        with _open(self.path) as file:
            records = _records(self.path, file, self.separator)
            next(records, None)
            for line, cells in records:
                if any(map(str.strip, cells)):
                    yield self._row(layout, cells, line)

    def _row(self, layout: Layout, cells: list[str], line: int) -> SourceRow:
        width = len(self.columns)
        extra = [cell for cell in cells[width:] if cell.strip()]
        filled = (cells + [""] * (width - len(cells)))[:width]
        row = next(layout.rows([filled], line))
        if not row.row_id.startswith("line "):
            row = row._replace(row_id=f"{row.row_id} (line {line})")
        if not extra:
            return row
        reason = f"there is no column for {', '.join(map(shown, extra[:3]))}"
        return row._replace(left=(Unreadable("EXTRA_CELLS", reason),), right=())


def _first_line(path: Path, separator: str) -> tuple[str, ...]:
    """Give the names of the columns if this were the separator."""
    with _open(path) as file:
        try:
            return tuple(next(csv.reader(file, delimiter=separator), ()))
        except csv.Error:
            return ()
        except UnicodeDecodeError as error:
            raise _no_utf8(path, error, 0) from error


def _open(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")


def _records(path: Path, file: TextIO, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give the records with the line each begins on."""
    reader = csv.reader(file, delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "Close its quotation marks, and write two of them where one belongs to the text"
        raise BadInput(
            "file", str(path), f"the row that begins on line {line} cannot be read: {error}", remedy
        ) from error
    except UnicodeDecodeError as error:
        raise _no_utf8(path, error, line - 1) from error


def _no_utf8(path: Path, error: UnicodeDecodeError, line: int) -> BadInput:
    byte = error.object[error.start]
    return BadInput(
        "file", str(path), f"it is not UTF-8: there is a byte {byte:02X} after line {line}", _SAVE_AS
    )
