"""How values and paths are shown in messages: short, on one line, nothing that a terminal would obey."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from supportpolicy.document.nodes import Keys, Mapping, Node, Scalar, Sequence

WIDTH = 60

_BARE_KEY = re.compile(r"[^\s.\[\]\"'](?:[^.\[\]\"']*[^\s.\[\]\"'])?")


def escaped(text: str) -> str:
    """`text` with everything unprintable (controls, line ends, direction marks) written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def cut(text: str, width: int = WIDTH) -> str:
    """At most `width` characters of `text`, the last of them an ellipsis if something is missing."""
    return text if len(text) <= width else text[: width - 1] + "…"


def word(text: str) -> str:
    """A text in single quotes, escaped and cut."""
    return f"'{cut(escaped(text[: WIDTH + 1]))}'"


def shown(node: Node) -> str:
    """What was found: a text in the quotes it was written in, a list or mapping in flow style, cut."""
    if isinstance(node, Scalar):
        quote = "'" if node.plain else '"'
        return f"{quote}{cut(escaped(node.text[: WIDTH + 1]))}{quote}"
    text = ""
    for part in _flow(node):
        text += part
        if len(text) > WIDTH:
            break
    return cut(text)


def _flow(node: Node) -> Iterator[str]:
    match node:
        case Scalar(text=text, plain=plain):
            yield escaped(text[: WIDTH + 1]) if plain else f'"{escaped(text[: WIDTH + 1])}"'
        case Sequence(items=items):
            yield "["
            for index, item in enumerate(items):
                yield ", " if index else ""
                yield from _flow(item)
            yield "]"
        case Mapping(entries=entries):
            yield "{"
            for index, (key, entry) in enumerate(entries.items()):
                yield f"{', ' if index else ''}{escaped(key[: WIDTH + 1])}: "
                yield from _flow(entry.value)
            yield "}"


def dotted(keys: Keys) -> str:
    """A path as it is shown: `rules.first-response.within`, `languages[2]`, `assumed["facts.edition"]`."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif _BARE_KEY.fullmatch(key):
            text += f"{'.' if text else ''}{cut(escaped(key))}"
        else:
            inner = key.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{cut(escaped(inner))}"]'
    return text


def either(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`; the same word once."""
    several = list(dict.fromkeys(words))
    return several[0] if len(several) == 1 else f"{', '.join(several[:-1])} or {several[-1]}" if several else ""
