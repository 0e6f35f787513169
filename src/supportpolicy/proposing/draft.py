"""The proposal as a mapping in YAML, with comments for the person who will correct it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from supportpolicy.model.language import language
from supportpolicy.model.text import token
from supportpolicy.proposing.columns import Column, Export
from supportpolicy.proposing.placing import Placed, Placement, Spelling, Undecided
from supportpolicy.proposing.rows import Rows
from supportpolicy.proposing.times import CANONICAL, Times
from supportpolicy.proposing.wanted import Wanted
from supportpolicy.proposing.wording import flow, folded, scalar, shown

_MOST_LISTED: Final = 12
_ALWAYS_THERE: Final = ("submitted", "updated")
"""Times that every ticket has: an empty cell is a fault, not evidence."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mapping to be: the export as it was opened, and what was found in it."""

    source: str
    options: Mapping[str, Any]
    names: Sequence[str]
    export: Export
    rows: Rows
    placement: Placement
    wanted: Wanted

    def text(self) -> str:
        """The mapping file."""
        parts = [self._head(), self._source(), self._nulls(), self._assumed(), self._not_recorded(), self._fields()]
        parts.append(self._left())
        return "\n".join("\n".join(part) + "\n" for part in parts if part)

    def _head(self) -> list[str]:
        export = self.export
        read = f"{_number(export.rows, 'row')}, {_number(len(export.columns), 'column')}"
        if export.rejected:
            read += f"; {_number(export.rejected, 'row')} could not be read"
        names = ", ".join(shown(name) for name in self.names)
        return [
            *folded(f"How {names} becomes tickets: a proposal, made from the names and values of its columns. Check each "
                    "line; what had to be assumed stands under `assumed` and heads every report.", "# "),
            f"# Read: {read}.",
            "supportpolicy-mapping: 1",
        ]  # fmt: skip

    def _source(self) -> list[str]:
        pairs = [("name", self.source)]
        for key, value in self.options.items():
            pairs.append((key, f"[{', '.join(map(scalar, value))}]" if isinstance(value, list) else scalar(value)))
        lines = [f"source: {flow(pairs)}"]
        identity = self.rows.identity
        if identity is not None and identity.is_log:
            told = f"{_number(identity.column.filled, 'row')} of {_number(identity.distinct, 'ticket')}"
            if self.rows.order is None:
                lines += ["", *folded(
                    f"The ids repeat, {told}, and no column was found that rises along the rows of each. Without an order "
                    "they count as conflicting records. If you know one:", "# ")]  # fmt: skip
                lines.append(
                    "# rows: {one_ticket_per: ..., keep: last, order_by: {column: ..., as: integer}, ties: last_in_file}"
                )
            else:
                order = flow([("column", scalar(self.rows.order)), ("as", "integer")])
                key = scalar(identity.column.name)
                pairs = [("one_ticket_per", key), ("keep", "last"), ("order_by", order), ("ties", "last_in_file")]
                lines += ["", f"# The ids repeat: {told}.", f"rows: {flow(pairs)}"]
        return lines

    # --- what holds for all columns -----------------------------------------------------------------------------------
    def _null_counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for column in self.export.columns:
            for text, count in column.nulls.items():
                if text:
                    counts[text] = counts.get(text, 0) + count
        return dict(sorted(counts.items()))

    def _naive(self) -> list[str]:
        timed = [(p.column.name, p.times) for p in self.placement.placed]
        timed += [(u.column.name, u.times) for u in self.placement.undecided]
        return [name for name, times in timed if times is not None and times.naive]

    def _nulls(self) -> list[str]:
        lines = []
        if counts := self._null_counts():
            listed = ", ".join(f"{shown(text)} {_times(count)}" for text, count in counts.items())
            lines.append(f'nulls: [{", ".join(map(scalar, counts))}, ""]    # {listed}')
        if self._naive():
            lines.append("timezone: UTC    # put the zone of the export here, such as Europe/Berlin")
        lines.append(
            "# exported_at: 2024-12-31T23:59Z    # when the export was made: until then its silence is evidence"
        )
        return lines

    def _assumptions(self) -> Iterator[tuple[str, str]]:
        if self._naive():
            names = ", ".join(map(shown, self._naive()))
            yield "timezone", f"The export does not say in which zone its times are ({names}). They are read as UTC."
        if counts := self._null_counts():
            yield "nulls", f"A cell that holds {' or '.join(map(shown, counts))} is taken to be empty."
        identity = self.rows.identity
        if identity is not None and self.rows.order is not None:
            ids, order = shown(identity.column.name), shown(self.rows.order)
            yield (
                "rows",
                f"Rows with the same {ids} are taken for states of one ticket, that with the greatest {order} for its last.",
            )
        said: dict[str, str] = {}
        for placed in self.placement.placed:
            for path, text in _assumptions_of(placed):
                yield path, f"As for {said[text]}." if text in said else text
                said.setdefault(text, placed.field)

    def _assumed(self) -> list[str]:
        lines = []
        for path, text in self._assumptions():
            lines += [f"  {scalar(path)}: >-", *folded(text, "    ")]
        return ["assumed:", *lines] if lines else []

    def _not_recorded(self) -> list[str]:
        given = {p.field for p in self.placement.placed} | {u.field for u in self.placement.undecided}
        asked = self.wanted.read or frozenset(self.wanted.types)
        lacking = [name for name in self.wanted.types if name in asked and name not in given and name != "id"]
        if not lacking:
            return []
        why = f"What {self.wanted.policy} asks for" if self.wanted.policy else "Fields of a ticket"
        lines = folded(f"{why} and no column gives. What stands in another file can be joined by `lookups:`.", "# ")
        hints = {"reference": "    # or map it to the column of ids, if that is the number that customers are given"}
        return [*lines, "not_recorded:", *(f"  - {scalar(name)}{hints.get(name, '')}" for name in lacking)]

    # --- the fields ---------------------------------------------------------------------------------------------------
    def _fields(self) -> list[str]:
        lines = ["fields:"]
        if any(pair == ("empty", "unknown") for placed in self.placement.placed for pair in self._pairs(placed)):
            lines = (
                folded(
                    "`empty: unknown` says that an empty cell proves nothing. Where the export is complete, "
                    "`empty: never` makes it evidence that the thing did not happen.",
                    "# ",
                )
                + lines
            )
        for placed in self.placement.placed:
            lines += self._field(placed)
        for undecided in self.placement.undecided:
            lines += _open_field(undecided)
        return lines

    def _field(self, placed: Placed) -> list[str]:
        pairs = self._pairs(placed)
        entries = _entries(placed)
        told = _told(placed, self.wanted)
        if not entries:
            entry = pairs[0][1] if len(pairs) == 1 else flow(pairs)
            return [f"  {placed.field}: {entry}", *told]
        width = max(len(scalar(word)) + len(scalar(key)) for key, word, _ in entries)
        values = [
            f"      {f'{scalar(key)}: {scalar(word)}':<{width + 2}}    # {count:,}" for key, word, count in entries
        ]
        head = [f"    {key}: {value}" for key, value in pairs]
        return [f"  {placed.field}:", *head, "    values:", *values, *told]

    def _pairs(self, placed: Placed) -> list[tuple[str, str]]:
        name = scalar(placed.column.name)
        if placed.measure is not None:
            measure = placed.measure
            pairs = [("elapsed", name), ("unit", measure.unit), ("clock", scalar(measure.clock))]
            if measure.clock == "24x7":
                pairs[-1] = ("clock", "24x7")
            if measure.precision:
                pairs.append(("precision", flow([("unit", measure.precision), ("by", measure.rounding)])))
            return [*pairs, ("empty", self._empty(placed))]
        pairs = [("column", name)]
        if placed.times is not None:
            pairs += _time_pairs(placed.times)
            if placed.field not in _ALWAYS_THERE:
                pairs.append(("empty", self._empty(placed)))
        if placed.separator and placed.separator != ",":
            pairs.append(("separator", f'"{placed.separator}"'))
        return pairs

    def _empty(self, placed: Placed) -> str:
        """What an empty cell means, as far as the rows tell."""
        if placed.unfinished is None:
            return "unknown"
        words = f"[{', '.join(map(scalar, placed.unfinished.words))}]"
        return flow([("never_when", flow([("column", scalar(placed.unfinished.column)), ("in", words)]))])

    # --- the rest -----------------------------------------------------------------------------------------------------
    def _left(self) -> list[str]:
        left, empty = [c for c in self.placement.left if c.filled], [c for c in self.placement.left if not c.filled]
        lines = []
        if left:
            lines += ["# Columns that give no field, with what stands in them:"]
            lines += [f"#   {shown(column.name)}: {_samples(column)}" for column in left]
        if empty:
            lines += folded(f"Columns that hold nothing: {', '.join(shown(column.name) for column in empty)}.", "# ")
        if self.export.nested:
            lines += folded(
                f"Columns of objects: {', '.join(map(shown, self.export.nested))}. No field is read from them; of events "
                "make a table of its own, a row for each, which `events:` can read.",
                "# ",
            )
        return lines


def _assumptions_of(placed: Placed) -> Iterator[tuple[str, str]]:
    path = f"fields.{placed.field}"
    if placed.guessed:
        yield path, f"The column {shown(placed.column.name)} is a guess: {placed.why}."
    if placed.times is not None and placed.times.unit == "1m":
        yield f"{path}.precision", "No value shows seconds; a written minute is taken for any instant within it."
    elif placed.times is not None and placed.times.unit == "1d":
        yield f"{path}.precision", "The values are dates; each is taken for any instant of that day."
    if placed.measure is not None and placed.measure.precision:
        how = "cut off" if placed.measure.rounding == "floor" else "rounded"
        yield (
            f"{path}.precision",
            f"Durations are written to {placed.measure.precision}, and the rest is taken to be {how}.",
        )
    if placed.unfinished is not None:
        yield (
            f"{path}.empty",
            f"Where {shown(placed.unfinished.column)} holds one of these, the cell is always empty; that is taken to "
            "mean that it had not happened yet.",
        )
    if _entries(placed):
        yield f"{path}.values", "Which word each spelling stands for was told from its likeness."


def _time_pairs(times: Times) -> list[tuple[str, str]]:
    pairs = [] if times.reading.format == CANONICAL else [("format", scalar(times.reading.format))]
    if times.unit is not None:
        pairs.append(("precision", flow([("unit", times.unit), ("by", "floor")])))
    return pairs


def _open_field(undecided: Undecided) -> list[str]:
    lines = folded(
        f"{undecided.field} is left out: {undecided.why} ({shown(undecided.column.name)}: {_samples(undecided.column)}).",
        "  # ",
    )
    if undecided.times is None or undecided.times.either is None:
        return lines
    for times in (undecided.times, undecided.times.turned()):
        pairs = [("column", scalar(undecided.column.name)), *_time_pairs(times)]
        if undecided.field not in _ALWAYS_THERE:
            pairs.append(("empty", "unknown"))
        lines.append(f"  # {undecided.field}: {flow(pairs)}")
    return lines


def _entries(placed: Placed) -> list[tuple[str, str, int]]:
    """The spellings that need an entry in the value table, by their normal form, with the word and the count."""
    found: dict[str, tuple[str, int]] = {}
    for spelling in placed.spellings:
        word, key = spelling.word, token(spelling.text)
        if word is not None and word not in (key, language(key) if placed.field == "language" else key):
            found[key] = (word, found.get(key, ("", 0))[1] + spelling.count)
    return [(key, word, count) for key, (word, count) in found.items()]


def _told(placed: Placed, wanted: Wanted) -> Iterator[str]:
    """Comments on the values of a field."""
    entries = {key for key, _, _ in _entries(placed)}
    same = [s for s in placed.spellings if s.word is not None and token(s.text) not in entries]
    unknown = [s for s in placed.spellings if s.word is None]
    if same:
        yield from folded(f"As they stand: {_listed(same)}.", "    # ")
    if unknown:
        words = wanted.vocabularies.get(placed.field)
        known = f"; known are {', '.join(words)}" if words else ""
        yield from folded(
            f"Not recognised, so unknown until `values:` says what they mean: {_listed(unknown)}{known}.", "    # "
        )
    if placed.times is not None and placed.times.misses:
        texts = ", ".join(map(shown, placed.times.missed))
        missed = f"{_number(placed.times.misses, 'value')} cannot be read so and will be unknown: invalid"
        yield from folded(
            f"{missed} ({texts}{', ...' if placed.times.misses > len(placed.times.missed) else ''})", "    # "
        )


def _listed(spellings: Sequence[Spelling]) -> str:
    listed = ", ".join(f"{shown(spelling.text)} ({spelling.count:,})" for spelling in spellings[:_MOST_LISTED])
    more = len(spellings) - _MOST_LISTED
    return f"{listed} and {more:,} more" if more > 0 else listed


def _samples(column: Column) -> str:
    return ", ".join(map(shown, column.samples)) or "nothing"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
