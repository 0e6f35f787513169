"""A page of text: headings, paragraphs and tables at a width, for a terminal or a file.

Everything that comes from outside goes through `plain` or `shortened` first; nothing is ever read as markup.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from supportpolicy.model.text import printable

FILE_WIDTH = 100
_LEAST, _MOST = 60, 140
_LONG = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `number` sets it to the right, `cut` to one line; `width` is fixed where it is not 0; `style` is
    the colour of what is not zero."""

    heading: str
    number: bool = False
    cut: bool = False
    width: int = 0
    style: str = ""


class Page:
    """Lines of at most `width` columns, written as UTF-8. Trailing blanks are cut, colour is used only if asked for."""

    def __init__(self, out: BinaryIO, width: int | None, color: bool) -> None:
        from rich.console import Console

        self._out = out
        self.width = min(max(width or FILE_WIDTH, _LEAST), _MOST)
        # The environment is kept out, so that the same findings give the same bytes everywhere.
        self._console = Console(
            file=io.StringIO(),
            width=self.width,
            height=100,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            force_jupyter=False,
            _environ={},
        )

    def heading(self, title: str) -> None:
        """A heading with a blank line above and a rule below."""
        self.blank()
        self.line(title, style="bold")
        self.line("─" * len(title), style="bold")

    def blank(self) -> None:
        self.raw(b"\n")

    def line(self, text: str, style: str = "") -> None:
        """One line as it is; nothing is wrapped."""
        if not style or self._console.no_color:
            self.raw(f"{text.rstrip()}\n".encode())
            return
        from rich.text import Text

        self._print(Text(text, style=style, no_wrap=True, overflow="ignore"))

    def paragraph(self, text: str, indent: int = 0, hanging: int = 0, style: str = "") -> None:
        """Text wrapped at the width; its first line is indented by `indent`, all others by `hanging` more."""
        for line in wrapped(text, self.width, indent, hanging):
            self.line(line, style)

    def entries(self, entries: Sequence[tuple[str, str]], indent: int = 0, most: int = 24) -> None:
        """Names and texts in two columns, the first as wide as the longest name up to `most`."""
        column = min(max((width_of(name) for name, _ in entries), default=0), most)
        for name, text in entries:
            for line in entry(name, text, self.width, indent, column):
                self.line(line)

    def listing(self, entries: Sequence[tuple[str, str]], most: int | None) -> None:
        """Indented entries, of which a terminal shows only the first `most`."""
        self.entries(entries[:most], indent=4)
        self.say_cut(len(entries), most)

    def say_cut(self, count: int, most: int | None) -> None:
        """Say how many of `count` entries were left out, if any were."""
        if most is not None and count > most:
            self.line(f"    … and {count - most:,} more; -o text=FILE shows all")

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        indent: int = 0,
    ) -> None:
        """A table; what does not fit is folded, or cut in a column that says so."""
        from rich import box
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
        for column in columns:
            table.add_column(
                Text(column.heading),
                justify="right" if column.number else "left",
                no_wrap=column.number or column.cut,
                overflow="ellipsis" if column.cut else "fold",
                width=column.width or None,
            )
        for row in rows:
            cells = zip(columns, row, strict=True)
            table.add_row(*(Text(cell, style="" if cell in ("0", "-") else column.style) for column, cell in cells))
        self._print(Padding(table, (0, 0, 0, indent)))

    def raw(self, data: bytes) -> None:
        """Lines that were made ready before."""
        self._out.write(data)

    def _print(self, what: object) -> None:
        with self._console.capture() as capture:
            self._console.print(what)
        for line in capture.get().splitlines():
            self.raw(f"{line.rstrip()}\n".encode())


def plain(text: str) -> str:
    """Text from outside on one line, whole, everything that is not printable escaped."""
    return printable(text)


def shortened(text: str, most: int = _LONG) -> str:
    """Text from outside as `plain`, but where it is longer than `most` columns cut, its length beside it."""
    shown = printable(text[: most + 1])
    if len(text) <= most and width_of(shown) <= most:
        return shown
    return f"{_cut(shown, most - 1)}… ({len(text):,} characters)"


def from_byte(offset: int | None) -> str:
    """Where in its file a row begins, if it is a run of bytes there."""
    return "" if offset is None else f", from byte {offset:,}"


def excerpt(raw: bytes, most: int = _LONG) -> str:
    """The start of some bytes, what is not UTF-8 as `\\xNN`, their number beside it where they are cut."""
    shown = printable(raw[: 4 * most].decode("utf-8", "backslashreplace"))
    if len(raw) <= 4 * most and width_of(shown) <= most:
        return shown if shown.strip() else f"'{shown}'"
    return f"{_cut(shown, most - 1)}… ({len(raw):,} bytes)"


def width_of(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def entry(name: str, text: str, width: int, indent: int, column: int) -> Iterator[str]:
    """`name`, and `text` beside it from `column` on, or below it where the name is too long for its column."""
    beside = indent + column + 2
    lines = wrapped(text, width, beside, 0)
    if width_of(name) <= column:
        first = next(lines, "")
        yield " " * indent + name + " " * (beside - indent - width_of(name)) + first[beside:]
    else:
        yield from wrapped(name, width, indent, 2)
    yield from lines


def wrapped(text: str, width: int, indent: int = 0, hanging: int = 0) -> Iterator[str]:
    """Lines of at most `width` columns; only a word longer than a line is broken."""
    line, used = " " * indent, indent
    start = True
    for word in text.split(" "):
        wide = width_of(word)
        if not start and used + 1 + wide > width:
            yield line
            line, used, start = " " * (indent + hanging), indent + hanging, True
        if not start:
            line, used = line + " ", used + 1
        while used + wide > width:
            head = _cut(word, max(width - used, 2))
            yield line + head
            word = word[len(head) :]
            wide = width_of(word)
            line, used = " " * (indent + hanging), indent + hanging
        line, used, start = line + word, used + wide, False
    yield line


def _cut(text: str, most: int) -> str:
    """As much of the start of `text` as fits in `most` columns."""
    if text.isascii():
        return text[:most]
    used = 0
    for n, char in enumerate(text):
        used += width_of(char)
        if used > most:
            return text[:n]
    return text
