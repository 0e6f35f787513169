"""The source `jsonl`: JSON lines, one object a line, nothing in it lost or guessed.

What JSON leaves open is decided here: of two equal keys neither wins, a text that is no text (a lone surrogate) is none,
NaN is not a number, and a number that is more than an integer of 18 digits stays as it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from supportpolicy.errors import InputError, Place, Problem
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.model.text import quoted
from supportpolicy.plugin.records import Detected, Probe, Schema, Snapshot, Source
from supportpolicy.plugin.rows import JsonValue, Number, Row
from supportpolicy.sources.lines import Lines, Overlong, Readable
from supportpolicy.sources.locations import resolve
from supportpolicy.sources.mistaken import mistaken
from supportpolicy.sources.survey import Survey, survey_all

if TYPE_CHECKING:
    from supportpolicy.sources.object_lines import ObjectLines

SCHEMA: Final[Schema] = {"type": "object", "additionalProperties": False, "properties": {}}
EXPECTED: Final = "JSON lines: one object a line"
DEPTH: Final = 64
"""How deep objects and lists may stand in one another, the row itself being the first."""

BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t\r"
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],]|NaN|-?Infinity')
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_KINDS: Final = {list: "a list", str: "a text", bool: "true or false", int: "a number", Number: "a number"}


class _RefusedError(Exception):
    """The line is JSON of a kind that is not taken; `_fault` finds out why and where."""


@dataclass(slots=True)
class Counts:
    """How far a reader has come in a file."""

    record: int = 0
    line: int = 0
    rejected: int = 0
    blank: int = 0


@dataclass(slots=True)
class JsonLinesScan:
    """The rows of one table, over one or more files. Each row names its own columns."""

    table: str
    surveys: tuple[Survey, ...]
    _tallies: tuple[Tally, ...] | None = field(default=None, init=False)
    _native: dict[int, Tally] = field(default_factory=dict, init=False)

    @property
    def columns(self) -> None:
        """None: each row names its own."""

    def rows(self) -> Iterator[Row | Rejected]:
        """Every line that is not blank, in the order of the files."""
        tallies: list[Tally] = []
        for survey in self.surveys:
            counts = Counts()
            with survey.location.content() as content:
                for offset, found in _lines(content):
                    told = self.told(survey, offset, found, counts)
                    if told is not None:
                        yield told
            tallies.append(self._tally(survey, counts))
        self._tallies = tuple(tallies)

    def objects(self, names: tuple[str, ...]) -> Sequence[ObjectLines]:
        """The files, for engines with a reader of their own."""
        from supportpolicy.sources.object_lines import ObjectLines
        from supportpolicy.sources.plain_objects import PlainObjects

        self._native.clear()
        plain = PlainObjects(names)
        return [ObjectLines(self, index, plain) for index in range(len(self.surveys))]

    def tallies(self) -> tuple[Tally, ...]:
        """What was counted while the files were read to their ends."""
        if self._tallies is None:
            raise RuntimeError("rows() has not run to its end")
        return self._tallies

    def told(self, survey: Survey, offset: int, found: bytes | Overlong, counts: Counts) -> Row | Rejected | None:
        """The next line of a file, which begins at that byte; None if it is blank."""
        counts.line += 1
        parsed: dict[str, JsonValue] | str | None
        if isinstance(found, Overlong):
            raw, parsed = found.head, found.reason
        else:
            raw = found[:-1] if found[-1:] == b"\r" else found
            parsed = _plain(raw)
            if parsed is None:
                if offset == 0 and raw.startswith(BOM):
                    raw, offset = raw[len(BOM) :], len(BOM)
                if not raw.strip(_BLANK):
                    counts.blank += 1
                    return None
                parsed = parse(raw)
        counts.record += 1
        place = RowPlace(survey.location.name, counts.record, counts.line)
        if not isinstance(parsed, str):
            return Row(place, parsed, raw)
        counts.rejected += 1
        return Rejected(place, offset, parsed, raw, self.table)

    def read_through(self, index: int, counts: Counts) -> None:
        """Note what was counted in the file of that index while another than `rows` went through it."""
        self._native[index] = self._tally(self.surveys[index], counts)
        if len(self._native) == len(self.surveys):
            self._tallies = tuple(self._native[n] for n in range(len(self.surveys)))

    def read_so_far(self, index: int) -> Tally:
        """What was noted of that file."""
        return self._native[index]

    def _tally(self, survey: Survey, counts: Counts) -> Tally:
        told = counts.record, counts.rejected, counts.blank
        return Tally(survey.location.name, self.table, survey.line_feeds, 0, *told)


def _lines(stream: Readable) -> Iterator[tuple[int, bytes | Overlong]]:
    """Where each line starts, and the line without its line feed."""
    lines = Lines(stream)
    while True:
        offset, whole = lines.offset, len(lines.data)
        *found, rest = lines.data.split(b"\n")
        for raw in found:
            yield offset, raw
            offset += len(raw) + 1
        if lines.ended and rest:
            yield offset, rest
            rest = b""
        if not lines.advance(whole - len(rest)):
            if lines.ended:
                return
            overlong = lines.overlong()
            yield overlong.offset, overlong


def _plain(raw: bytes) -> dict[str, JsonValue] | None:
    """The object that a line holds from end to end, the short way; None where it takes a closer look."""
    try:
        text = raw.decode("utf-8")
        value, end = _SCAN(text, 0)
    except (ValueError, StopIteration, RecursionError, _RefusedError):
        return None
    if end != len(text) or type(value) is not dict or ("\\" in text and _SURROGATE.search(text)):
        return None
    if (text.find("{", 1) > 0 or "[" in text) and _may_be_deep(text) and _too_deep(value):
        return None
    return value


def parse(raw: bytes) -> dict[str, JsonValue] | str:
    """The object that a line holds, or in words why it is rejected."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        character = len(raw[: error.start].decode("utf-8")) + 1
        return f"the byte 0x{raw[error.start]:02X} at character {character} is not UTF-8"
    try:
        value = _decoded(text)
        if type(value) is not dict:
            kind = _KINDS.get(type(value), "null")
            return f"the line holds {kind}, at character {_start(text)}, where an object belongs"
        _check(text, value)
    except NotJsonError as error:
        return str(error) if error.is_json else f"the line is not JSON: {error}"
    return value


class NotJsonError(Exception):
    """Why a text is not taken. `is_json` where it is JSON of a kind that is not."""

    def __init__(self, why: str, is_json: bool = True) -> None:
        super().__init__(why)
        self.is_json = is_json


def json_value(text: str) -> JsonValue:
    """The value that JSON text holds, nothing in it lost or guessed; raises NotJsonError."""
    value = _decoded(text)
    _check(text, value)
    return value


def _decoded(text: str) -> JsonValue:
    try:
        value: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        wrong = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        raise NotJsonError(f"{wrong}, at character {error.pos + 1}", is_json=False) from None
    except (_RefusedError, RecursionError):
        raise NotJsonError(_fault(text) or "the line is nested too deep") from None
    return value


def _check(text: str, value: JsonValue) -> None:
    """What the decoder lets pass: objects too deep in one another, and halves of characters."""
    deep = type(value) in (dict, list) and _may_be_deep(text) and _too_deep(value)
    if (deep or _SURROGATE.search(text)) and (fault := _fault(text)):
        raise NotJsonError(fault)


def _fault(text: str) -> str | None:
    """The first thing in JSON text that is not taken, and where; None if there is none.

    Up to there the text is JSON, or the decoder would have stumbled earlier. So a glance at its tokens is enough.
    """
    keys: list[set[str] | None] = []
    key_next = False
    for match in _TOKEN.finditer(text):
        token, where = match[0], f"at character {match.start() + 1}"
        if token[0] == '"':
            string: str = json.loads(token)
            if not _is_text(string):
                return f"half a character (a lone surrogate) stands in the text {where}"
            if key_next and (known := keys[-1]) is not None:
                if string in known:
                    return f"the key {quoted(string)} stands twice in one object, again {where}"
                known.add(string)
            key_next = False
        elif token in "{[":
            key_next = token == "{"
            keys.append(set() if key_next else None)
            if len(keys) > DEPTH:
                return f"objects and lists stand more than {DEPTH} deep in one another, {where}"
        elif token in "}]":
            keys.pop()
            key_next = False
        elif token == ",":
            key_next = keys[-1] is not None
        else:
            return f"{token} is not a JSON number, {where}"
    return None


def _is_text(string: str) -> bool:
    try:
        string.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _may_be_deep(text: str) -> bool:
    return text.count("{") + text.count("[") > DEPTH


def _too_deep(value: JsonValue) -> bool:
    level: list[Any] = [value]
    for _ in range(DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedError
    return found


def _integer(text: str) -> int | Number:
    return int(text) if len(text.removeprefix("-")) <= 18 else Number(text)


def _constant(_: str) -> NoReturn:
    raise _RefusedError


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=Number, parse_constant=_constant
)
_SCAN: Final[Callable[[str, int], tuple[JsonValue, int]]] = _DECODER.scan_once  # type: ignore[attr-defined]
"""The decoder's own scanner, without what `decode` does around it: a value that begins here, and where it ends."""


def _start(text: str) -> int:
    return len(text) - len(text.lstrip(" \t\r")) + 1


# --- opening ----------------------------------------------------------------------------------------------------------
def open_jsonl(locations: Sequence[str], options: Mapping[str, Any], table: str = "tickets") -> Snapshot:  # noqa: ARG001
    """Open JSON lines files as one table; raises InputError with the problems of all files."""
    surveys = survey_all(resolve(locations), table)
    problems = [problem for survey in surveys if (problem := _not_lines(survey.location.probe()))]
    if problems:
        raise InputError(*problems)
    return Snapshot({table: JsonLinesScan(table, surveys)}, tuple(survey.input for survey in surveys))


def _not_lines(probe: Probe) -> Problem | None:
    """What is wrong if the file is not JSON lines at all: one document, or no JSON."""
    if problem := mistaken(probe.name, probe.head, EXPECTED):
        return problem
    place = Place(probe.name)
    text = probe.head.removeprefix(BOM)
    if b"\n" not in text and re.search(rb"\r\s*+\{", text):
        hint = "turn them into today's: `tr '\\r' '\\n' < FILE`"
        return Problem("the lines end in CR only, as on old Macs", place, expected=EXPECTED, hint=hint)
    first, _, rest = text.lstrip().partition(b"\n")
    if first.startswith(b"[") and not (_is_json(first) and rest.strip()):
        hint = "write each item of the list on a line of its own: `jq -c '.[]' FILE > FILE.jsonl`"
        return Problem("the file is one JSON list", place, expected=EXPECTED, hint=hint)
    if first.startswith(b"{") and _stops_short(first) and rest.strip() and not rest.lstrip().startswith(b"{"):
        return Problem("the file is a JSON document over several lines", place, expected=EXPECTED, hint=_jq(text))
    return None


def _jq(head: bytes) -> str:
    hint = "write each object on a line of its own: `jq -c . FILE > FILE.jsonl`"
    if listed := re.search(rb'"([A-Za-z_][A-Za-z_0-9]*+)"\s*+:\s*+\[', head):
        key = listed[1].decode("ascii")
        hint += f", or `jq -c '.{key}[]' FILE > FILE.jsonl` if the tickets are the list under {key!r}"
    return hint


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _stops_short(line: bytes) -> bool:
    """Whether the line is JSON as far as it goes, but for its end."""
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        return error.pos >= len(error.doc.rstrip()) - 1
    except (ValueError, RecursionError):
        pass
    return False


def detect(probe: Probe) -> Detected | None:
    """A first line that is one object is JSON lines; anything else that begins like JSON is likely meant to be."""
    text = probe.head.removeprefix(BOM).lstrip()
    suffixes = {suffix.lower() for suffix in Path(probe.name).suffixes}
    called = next((suffix for suffix in (".jsonl", ".ndjson") if suffix in suffixes), None)
    if not text and called:
        return Detected(50, f"it is empty, and its name ends in {called}")
    if not text.startswith(b"{"):
        return Detected(10, "it begins like a JSON list") if re.match(rb'\[\s*+[\[{"\]]', text) else None
    if isinstance(parse(text.partition(b"\n")[0].removesuffix(b"\r")), dict):
        return Detected(60, "its first line is one JSON object")
    if called:
        return Detected(50, f"it begins with a brace, and its name ends in {called}")
    return Detected(30, "it begins with a brace")


SOURCE: Final = Source(
    name="jsonl",
    summary="JSON lines, one object a line, read without loss; tickets in the canonical form need no mapping.",
    schema=SCHEMA,
    detect=detect,
    open=open_jsonl,
    canonical=True,
)
