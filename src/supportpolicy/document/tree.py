"""From the events of a YAML parser to nodes, refusing what would make a file mean another thing than it seems to."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import yaml

from supportpolicy.document.nodes import Entry, Mapping, Node, Scalar, Sequence
from supportpolicy.document.syntax import MAX_DEPTH, TAB, syntax_problem
from supportpolicy.document.text import position
from supportpolicy.document.wording import dotted, escaped, word
from supportpolicy.errors import Place, Problem

MAX_ALIASES = 64
MAX_NODES = 100_000

PARSER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_ANCHOR = re.compile(r"&[^\s,\[\]{}]+ +(?=\S)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE = re.compile(r"[^\r\n]+")
_TABS = re.compile(r"\t+")
_HASH = re.compile(r"(?:^|(?<=[ \t\r\n]))#")
_MAX_TABS = 10
_DIRECTIVE = re.compile(r"^%(?!YAML ).*", re.MULTILINE)
_KEY_AS_TEXT = "put the key in quotes if it is text"
_AS_TEXT = "put the value in quotes if it is text"


class _StopError(Exception):
    """Nothing after this problem can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for, with what it costs to repeat it; no node while it is still being read."""

    place: Place
    node: Node | None = None
    nodes: int = 0
    depth: int = 0


def build(text: str, name: str) -> tuple[Node | None, list[Problem]]:
    """The root of the one document in `text`, and all problems that could be found.

    The root is None if the text ends before one was read; it is whole only if there are no problems.
    """
    return _Builder(text, name).build()


class _Builder:
    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.problems: list[Problem] = []
        self.path: list[str | int] = []
        self.anchors: dict[str, _Anchored] = {}
        self.aliases = 0
        self.nodes = 0
        self.deepest = 0
        self.last = Place(name, 1, 1)
        self.texts: list[tuple[int, int]] = []
        self.events = self._events()

    def build(self) -> tuple[Node | None, list[Problem]]:
        root: Node | None = None
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    if root is not None:
                        self._refuse(
                            "a second document begins here",
                            self._at(event),
                            "one document in a file",
                            "remove the '---', or write a file for each document",
                        )
                        return root, self.problems
                    self._refuse_directives(event)
                    root = self._node(next(self.events), 1)
                    if _is_empty(root):
                        self._refuse("the document is empty", root.place, "keys and values")
            if root is None:
                what = "holds nothing but comments" if self.text.strip() else "is empty"
                self._refuse(f"the file {what}", Place(self.name), "keys and values")
            self._tabs()
        except _StopError as stop:
            self.problems.append(stop.problem)
        return root, self.problems

    def _events(self) -> Iterator[yaml.Event]:
        """The parser's events; its errors as ours."""
        events = yaml.parse(self.text, Loader=PARSER)
        while True:
            try:
                event = next(events)
            except StopIteration:
                return
            except yaml.YAMLError as error:
                raise _StopError(syntax_problem(error, self.text, self.name, self.last)) from None
            except (ValueError, OverflowError):
                # The parser in Python does not check that an escape such as "\UFFFFFFFF" is a character.
                raise _StopError(Problem("an escape in double quotes that is not a character", self.last)) from None
            mark = _start(event)
            self.last = Place(self.name, mark.line + 1, mark.column + 1)
            yield event

    def _at(self, event: yaml.Event) -> Place:
        """Where an event's value begins, behind an anchor on the same line."""
        mark = _start(event)
        column = mark.column
        if getattr(event, "anchor", None) and (anchor := _ANCHOR.match(self.text, mark.index)):
            column += anchor.end() - anchor.start()
        return Place(self.name, mark.line + 1, column + 1)

    def _refuse(self, message: str, place: Place, expected: str = "", hint: str = "") -> None:
        self.problems.append(Problem(message, place, dotted(tuple(self.path)), expected, hint))

    def _stop(self, message: str, place: Place, expected: str, hint: str) -> _StopError:
        return _StopError(Problem(message, place, dotted(tuple(self.path)), expected, hint))

    def _count(self, nodes: int, depth: int, place: Place) -> None:
        self.nodes += nodes
        self.deepest = max(self.deepest, depth)
        if depth > MAX_DEPTH:
            # The path would be as long as the nesting is deep.
            raise _StopError(
                Problem(f"more than {MAX_DEPTH} levels inside one another", place, expected="a flatter file")
            )
        if self.nodes > MAX_NODES:
            raise self._stop(
                f"more than {MAX_NODES:,} keys and values, those counted that aliases repeat",
                place,
                "a smaller file",
                "write fewer aliases ('*name'), or split the file",
            )

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        place = self._at(event)
        nodes, deepest = self.nodes, self.deepest
        self._count(1, depth, place)
        self.deepest = depth
        anchor = self._open_anchor(event, place)
        self._refuse_tag(event, place)
        node: Node
        match event:
            case yaml.ScalarEvent():
                node = self._scalar(event, place)
            case yaml.SequenceStartEvent():
                node = self._sequence(place, depth)
            case _:
                node = self._mapping(place, depth, bool(getattr(event, "flow_style", False)))
        if anchor:
            self.anchors[anchor] = _Anchored(place, node, self.nodes - nodes, self.deepest - depth)
        self.deepest = max(self.deepest, deepest)
        return node

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        start, end = _start(event), cast("yaml.Mark", event.end_mark)
        plain = not event.style
        if not plain:
            self.texts.append((start.index, end.index))
        if _SURROGATE.search(event.value):
            self._refuse("an escape in double quotes that is not a character", place)
        one_line = start.line == end.line and event.style not in ("|", ">")
        source = ""
        if one_line:
            source = self.text[start.index + place.column - 1 - start.column : end.index]
        return Scalar(event.value, plain, place, source)

    def _sequence(self, place: Place, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            self.path.append(len(items))
            item = self._node(event, depth + 1)
            if _is_empty(item) and not _has_tag(event):
                self._refuse("nothing stands here", item.place, "a value", _EMPTY_HINT.format("item"))
            self.path.pop()
            items.append(item)
        return Sequence(tuple(items), place)

    def _mapping(self, place: Place, depth: int, flow: bool) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key_place = self._at(event)
            key = self._key(event, depth)
            self.path.append(key if key is not None else "?")
            if key is not None and key in entries:
                first = entries[key].key_place
                self._refuse(
                    f"the key {word(key)} stands twice; it stood first at line {first.line}, column {first.column}",
                    key_place,
                    "each key once",
                    "remove or rename one of them",
                )
            value_event = next(self.events)
            value = self._node(value_event, depth + 1)
            if _is_empty(value) and not _has_tag(value_event):
                hint = _EMPTY_HINT.format("key") + (_FLOW_HINT if flow else "")
                self._refuse("the key has no value", key_place, "a value", hint)
            if key is not None:
                entries.setdefault(key, Entry(key_place, value))
            self.path.pop()
        return Mapping(entries, place)

    def _key(self, event: yaml.Event, depth: int) -> str | None:
        """The text of a key; None if it is none, which is then told."""
        place = self._at(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse("an alias stands where a key should", place, "text as a key", _KEY_AS_TEXT)
            return None
        node = self._node(event, depth + 1)
        if isinstance(node, Scalar):
            if _is_empty(node):
                self._refuse("a value without a key", place, "a key before the ':'")
                return None
            if node.plain and node.text == "<<":
                self._refuse(
                    "the merge key '<<' is not allowed",
                    place,
                    "the keys themselves",
                    "write them out; a key that is merged in is easily overlooked",
                )
                return None
            return node.text
        self._refuse("a list or a mapping stands where a key should", place, "text as a key", _KEY_AS_TEXT)
        return None

    def _open_anchor(self, event: yaml.Event, place: Place) -> str | None:
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is None:
            return None
        if anchor in self.anchors:
            first = self.anchors[anchor].place
            before = f"it stood first at line {first.line}, column {first.column}"
            self._refuse(
                f"the anchor {word('&' + anchor)} stands twice; {before}",
                place,
                "each anchor once",
            )
        self.anchors[anchor] = _Anchored(place)
        return anchor

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        place = self._at(event)
        name = str(event.anchor)
        alias = word(f"*{name}")
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self._stop(
                f"more than {MAX_ALIASES} aliases ('*name')",
                place,
                "a file that can be read from top to bottom",
                "write the values out",
            )
        anchored = self.anchors.get(name)
        if anchored is not None and anchored.node is not None:
            self._count(anchored.nodes, depth + anchored.depth, place)
            return anchored.node
        if anchored is None:
            self._refuse(
                f"the alias {alias} stands for nothing above it", place, f"an anchor '&{escaped(name)}'", _AS_TEXT
            )
        else:
            self._refuse(f"the alias {alias} stands inside the value that it repeats", place, "a value that ends")
        return Scalar(name, False, place)

    def _refuse_directives(self, event: yaml.DocumentStartEvent) -> None:
        start, end = _start(event).index, cast("yaml.Mark", event.end_mark).index
        for directive in _DIRECTIVE.finditer(self.text, start, end):
            place = position(self.name, self.text, directive.start())
            self._refuse(f"the line {word(directive[0])} is not allowed", place, hint="remove it")

    def _refuse_tag(self, event: yaml.Event, place: Place) -> None:
        if _has_tag(event):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")  # type: ignore[attr-defined]
            hint = "remove it: the schema decides what is a number; " + _AS_TEXT
            self._refuse(f"the tag {word(tag)} is not allowed", place, "a value without a tag", hint)

    def _tabs(self) -> None:
        """Refuse tabs outside texts and comments: there the parser in C takes some and the one in Python takes none."""
        told = 0
        for line in _LINE.finditer(self.text) if "\t" in self.text else ():
            if "\t" not in line[0]:
                continue
            hashes = (found.start() for found in _HASH.finditer(self.text, line.start(), line.end()))
            comment = next((index for index in hashes if not self._in_text(index)), line.end())
            for tab in _TABS.finditer(self.text, line.start(), comment):
                if not self._in_text(tab.start()):
                    self.problems.append(Problem(TAB, position(self.name, self.text, tab.start()), expected="spaces"))
                    told += 1
                    if told == _MAX_TABS:
                        return

    def _in_text(self, index: int) -> bool:
        """Whether the character stands within quotes or in a block text."""
        before = bisect.bisect_right(self.texts, (index, len(self.text))) - 1
        return before >= 0 and index < self.texts[before][1]


_FLOW_HINT = "; within { } a text with a comma or a colon stands in quotes"
_EMPTY_HINT = 'write "" for an empty text or null for none, or remove the {}'


def _start(event: yaml.Event) -> yaml.Mark:
    return cast("yaml.Mark", event.start_mark)


def _has_tag(event: yaml.Event) -> bool:
    return getattr(event, "tag", None) is not None


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain and not node.text
