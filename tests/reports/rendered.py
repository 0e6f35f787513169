"""Markdown as a reader sees it, by a CommonMark parser with tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

BREAK = "\u200b"
"""What keeps a mention from being one; nobody sees it."""

OURS = frozenset(
    {"<code>", "</code>", "<details>\n<summary>", "</summary>\n", "</details>\n", "<details>", "</details>"}
)

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(text: str) -> list[Token]:
    """All tokens, those within lines too, in order."""
    return [*_flat(_PARSER.parse(text))]


def _flat(parsed: list[Token]) -> Iterator[Token]:
    for token in parsed:
        if token.children is None:
            yield token
        else:
            yield from _flat(token.children)


def seen(token: Token) -> str:
    """The text of a line, whatever it is set in."""
    parts = [child.content for child in token.children or () if child.type in ("text", "code_inline", "text_special")]
    return "".join(parts).replace(BREAK, "")


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table, headings included."""
    found: list[list[list[str]]] = []
    for token, following in pairwise(_PARSER.parse(text)):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif _is_cell(token):
            found[-1][-1].append(seen(following))
    return found


def paragraphs(text: str) -> list[str]:
    """Every line of text outside tables."""
    parsed = pairwise(_PARSER.parse(text))
    return [seen(token) for before, token in parsed if token.type == "inline" and not _is_cell(before)]


def _is_cell(token: Token) -> bool:
    return token.type in ("td_open", "th_open")
