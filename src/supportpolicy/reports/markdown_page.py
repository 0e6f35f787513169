"""What a page of Markdown is made of: headings, paragraphs, lists, and tables that are folded where they are long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO, Final

OPEN_LINES: Final = 50
"""So many lines of a list stand open, the others are folded."""


class MarkdownPage:
    """Writes them. All text is Markdown already."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def _table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> None:
        """A table, folded where it is long; nothing where it has no row."""
        lines = (row(cells).encode() for cells in rows[:OPEN_LINES])
        folded = (row(cells).encode() for cells in rows[OPEN_LINES:])
        if rows:
            self._listing(len(rows), header(headings, numbers), lines, folded)

    def _listing(self, count: int, header: str, first: Iterable[bytes], folded: Iterable[bytes]) -> None:
        self._line(f"\n{header}", end="")
        for piece in first:
            self._out.write(piece)
        if count > OPEN_LINES:
            self._line(f"\n<details>\n<summary>and {count - OPEN_LINES:,} more</summary>\n\n{header}", end="")
            for piece in folded:
                self._out.write(piece)
            self._line("\n</details>")

    def _heading(self, title: str) -> None:
        self._line(f"\n### {title}")

    def _paragraph(self, text: str) -> None:
        self._line(f"\n{text}")

    def _list(self, entries: Sequence[str]) -> None:
        for n, entry in enumerate(entries):
            self._line(("" if n else "\n") + f"- {entry}")

    def _line(self, text: str, end: str = "\n") -> None:
        self._out.write(f"{text}{end}".encode())


def header(headings: Sequence[str], numbers: Sequence[str]) -> str:
    """The two lines over a table; those of `numbers` stand to the right."""
    return row(headings) + row(["---:" if heading in numbers else "---" for heading in headings])


def row(cells: Sequence[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |\n"
