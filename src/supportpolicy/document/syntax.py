"""What a YAML parser says of a broken file, in words for people who never read the YAML specification.

Two parsers may stand behind us, one in C and one in Python, which put the same fault differently; both end here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from supportpolicy.document.wording import escaped
from supportpolicy.errors import Place, Problem

MAX_DEPTH = 64
TAB = "a tab outside texts in quotes and comments"


@dataclass(frozen=True, slots=True)
class _Fault:
    """A fault by the parser's words (a regular expression), and ours.

    `at_opening`: where the broken thing began is the better place. `by_indent`: our words only hold for what stands
    first on its line.
    """

    parser_says: str
    message: str
    expected: str = ""
    hint: str = ""
    at_opening: bool = False
    by_indent: bool = False


# Matched against "context | problem", the first that fits.
_FAULTS = (
    _Fault(  # newer parsers in C have a bound of their own, and meet it while they look ahead
        r"exceeded maximum nesting depth",
        f"more than {MAX_DEPTH} levels inside one another",
        expected="a flatter file",
    ),
    _Fault(
        r"mapping values are not allowed",
        "a second ': ' on this line, or a key that is indented too far",
        hint="put a text that holds ': ' in quotes; align keys of the same block",
    ),
    _Fault(
        r"mapping keys are not allowed|unexpected ':'",
        "'?' or ':' stands where a value should begin or go on",
        expected="a value",
        hint="put the value in quotes",
    ),
    _Fault(
        r"could not find expected ':'",
        "a line without ': ' where a key should stand",
        expected="'key: value'",
        hint="was the ': ' forgotten, or the line not indented far enough?",
        at_opening=True,
    ),
    _Fault(
        r"quoted scalar \| .*unexpected (?:end of stream|document)",
        "the quote that opens here is never closed",
        hint="close it, or leave both quotes out",
        at_opening=True,
    ),
    _Fault(
        r"unknown escape character|escape sequence|Unicode character escape|hexdecimal number|hexadecimal",
        "an escape in double quotes that YAML does not know",
        hint="write '\\\\' for a backslash, or use single quotes",
    ),
    _Fault(
        r"block scalar \|",
        "a block text ('|' or '>') that is wrongly written",
        expected="nothing but a comment after '|' or '>', and the text indented on the next lines",
    ),
    _Fault(
        r"flow sequence \|",
        "the list that opens with '[' goes on wrongly here",
        expected="',' or ']'",
        hint="close the list, or put a value that holds brackets, ',' or ': ' in quotes",
    ),
    _Fault(
        r"flow mapping \|",
        "the keys that open with '{' go on wrongly here",
        expected="',' or '}'",
        hint="close the braces, or put a value that holds braces, ',' or ': ' in quotes",
    ),
    _Fault(
        r"while (?:parsing|scanning) an? (?:alias|anchor)|flow node \| |expected alphabetic",
        "'&', '*' or ',' stands where a value should begin",
        expected="a value",
        hint="put the value in quotes",
    ),
    _Fault(r"tag", "a tag ('!')", expected="a value without a tag", hint="put a value that begins with '!' in quotes"),
    _Fault(r"directive|incompatible YAML", "a line that begins with '%' is not a directive that we read"),
    _Fault(
        r"tab character|'\\t'",
        TAB,
        expected="spaces",
    ),
    _Fault(
        r"block collection \||block sequence \|",
        "a line that does not belong to the list it stands in",
        expected="'- ' in the same column as the list's other items",
        hint="align it with the list, or with the key to which it belongs",
        by_indent=True,
    ),
    _Fault(
        r"block mapping \|",
        "a line that does not belong to the block it stands in",
        expected="a key in the same column as the block's other keys",
        hint="align it with the key to which it belongs",
        by_indent=True,
    ),
    _Fault(
        r"block sequence entries are not allowed|sequence entries are not allowed",
        "'- ' opens a list where none can stand",
        hint="begin the list on its own line below the key",
    ),
    _Fault(
        r"document start",
        "text after the end of the document",
        expected="one document in a file",
        hint="align it with the rest of the file, or remove the closing mark above it",
    ),
)

_IN_QUOTES = "put the whole value in quotes, or remove what follows it"
_WITHOUT_KEY = re.compile(r"(?:block mapping|flow node|block node)$")
_CANNOT_START = re.compile(r"cannot start any token|node content")


def syntax_problem(error: yaml.YAMLError, text: str, name: str, last: Place) -> Problem:
    """The problem that a parser's error tells of. `last` is the place of the last thing read, if the error has none."""
    says = _one_line(getattr(error, "problem", None) or str(error))
    context = _one_line(getattr(error, "context", None) or "")
    mark = getattr(error, "problem_mark", None)
    opening = getattr(error, "context_mark", None)
    place = _place(name, mark) if mark is not None else last
    if "flow" in context and mark is not None and not text[mark.index :].strip():
        unclosed = _unclosed(text)
        if unclosed is not None:
            mark, closing = unclosed
            what = f"the '{text[mark.index]}' that opens here is never closed"
            return Problem(
                what, _place(name, mark), expected=f"'{closing}'", hint="close it where the list or the keys end"
            )
    if mark is not None and text[mark.index : mark.index + 1] == ":" and _WITHOUT_KEY.search(context):
        return Problem("a value without a key", place, expected="a key before the ':'")
    if _CANNOT_START.search(says) and mark is not None and mark.index < len(text):
        return _forbidden_start(text[mark.index], place)
    for fault in _FAULTS:
        if re.search(fault.parser_says, f"{context} | {says}"):
            if fault.by_indent and mark is not None and _begins_late(text, mark.index):
                return Problem("a value goes on after its end", place, expected="the end of the line", hint=_IN_QUOTES)
            if fault.at_opening and opening is not None:
                place = _place(name, opening)
            return Problem(fault.message, place, expected=fault.expected, hint=fault.hint)
    return Problem(f"this is not YAML: {says}{f' {context}' if context else ''}", place)


def _forbidden_start(character: str, place: Place) -> Problem:
    if character == "\t":
        return Problem(TAB, place, expected="spaces")
    return Problem(
        f"a value cannot begin with '{escaped(character)}'", place, expected="a value", hint="put the value in quotes"
    )


def _unclosed(text: str) -> tuple[yaml.Mark, str] | None:
    """The bracket or brace that was opened last and is not closed, and what would close it."""
    opened: list[tuple[yaml.Mark, str]] = []
    try:
        for token in yaml.scan(text, yaml.SafeLoader):
            if isinstance(token, yaml.FlowSequenceStartToken):
                opened.append((token.start_mark, "]"))
            elif isinstance(token, yaml.FlowMappingStartToken):
                opened.append((token.start_mark, "}"))
            elif isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken) and opened:
                opened.pop()
    except yaml.YAMLError:
        return None  # what came before is broken, too
    return opened[-1] if opened else None


def _begins_late(text: str, index: int) -> bool:
    """Whether anything stands before a character on its line."""
    line_start = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    return bool(text[line_start:index].strip(" "))


def _place(name: str, mark: yaml.Mark) -> Place:
    return Place(name, mark.line + 1, mark.column + 1)


def _one_line(says: str) -> str:
    return escaped(" ".join(says.split()))
