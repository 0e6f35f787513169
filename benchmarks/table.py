"""Tables of the benchmark, for a terminal and for a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """`note` says what is compared and how. The first column names what a row is about; the others are figures."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def plain(self) -> str:
        """For a terminal."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if at else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in (self.columns, tuple("-" * width for width in widths), *self.rows)
        ]
        return "\n".join([self.title, self.note, "", *lines, ""])

    def markdown(self) -> str:
        """For a page."""
        ruler = ("---", *("---:" for _ in self.columns[1:]))
        lines = [f"| {' | '.join(row)} |" for row in (self.columns, ruler, *self.rows)]
        return "\n".join([f"## {self.title}", "", self.note, "", *lines, ""])


def times(ratio: float) -> str:
    """A ratio as a cell: two figures that count."""
    return f"{ratio:.2f}" if ratio < 9.95 else f"{ratio:.1f}" if ratio < 99.5 else f"{ratio:,.0f}"
