"""Makes a world that shows a difference small, so that a person sees what it is about: without rules, fields, rows and
questions that are not needed for it."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from worlds import World


def reduced(world: World, differs: Callable[[World], bool], seconds: float = 60) -> World:
    """A smaller world that still differs; the smallest that was found in the time given."""
    until = time.monotonic() + seconds
    found = True
    while found:
        found = False
        for step in _STEPS:
            candidates = step(world)
            while time.monotonic() < until and (candidate := next(candidates, None)) is not None:
                if differs(candidate):
                    world, found = candidate, True
                    candidates = step(world)
    return world


# --- questions and files ----------------------------------------------------------------------------------------------
def _fewer_questions(world: World) -> Iterator[World]:
    if len(world.questions) > 1:
        for question in world.questions:
            yield replace(world, questions=(question,))


def _fewer_files(world: World) -> Iterator[World]:
    if len(world.exports) > 1:
        for name, content in world.exports.items():
            yield replace(world, exports={name: content})
    for name, content in world.exports.items():
        if name.endswith(".gz"):
            others = {n: c for n, c in world.exports.items() if n != name}
            yield replace(world, exports={**others, name.removesuffix(".gz"): gzip.decompress(content)})
    for name in world.tables:
        yield replace(world, tables={n: t for n, t in world.tables.items() if n != name})


def _fewer_lines(world: World) -> Iterator[World]:
    encoding = (json.loads(world.mapping) if world.mapping else {}).get("source", {}).get("encoding", "utf-8")
    for name, content in world.exports.items():
        for shorter in _shorter(content, 0 if "jsonl" in name else 1, encoding):
            yield replace(world, exports={**world.exports, name: shorter})
    for table, (name, content) in world.tables.items():
        for shorter in _shorter(content, 0 if "jsonl" in name else 1, "utf-8"):
            yield replace(world, tables={**world.tables, table: (name, shorter)})


def _shorter(content: bytes, header: int, encoding: str) -> Iterator[bytes]:
    """Without one half of the lines, one quarter, and so on to a single one."""
    if content[:2] == b"\x1f\x8b" or content[:4] == b"PAR1":
        return
    feed = "\n".encode(encoding.replace("utf-16", "utf-16-le") if encoding == "utf-16" else encoding)
    lines = content.split(feed)
    size = (len(lines) - header) // 2
    while size > 0:
        for start in range(header, len(lines), size):
            kept = lines[:start] + lines[start + size :]
            if header < len(kept) < len(lines):
                yield feed.join(kept)
        size //= 2


# --- documents --------------------------------------------------------------------------------------------------------
def _fewer_revisions(world: World) -> Iterator[World]:
    if len(world.policies) > 1:
        yield replace(world, policies=world.policies[1:])
        yield replace(world, policies=world.policies[:-1])


def _smaller_policies(world: World) -> Iterator[World]:
    for number, text in enumerate(world.policies):
        for smaller in _smaller(json.loads(text)):
            told = json.dumps(smaller, ensure_ascii=False, indent=1)
            yield replace(world, policies=(*world.policies[:number], told, *world.policies[number + 1 :]))


def _smaller_mapping(world: World) -> Iterator[World]:
    if world.mapping is not None:
        for smaller in _smaller(json.loads(world.mapping)):
            yield replace(world, mapping=json.dumps(smaller, ensure_ascii=False, indent=1))


def _smaller(value: Any) -> Iterator[Any]:
    """The value without one of its parts, a rule being taken out of the lists that name it; or with one of its conditions
    put in the place of the whole."""
    match value:
        case dict():
            for key, inner in value.items():
                without = {k: v for k, v in value.items() if k != key}
                yield _unnamed(without, key)
                yield from ({**value, key: smaller} for smaller in _smaller(inner))
                if key in ("not", "all", "any"):
                    yield from inner if isinstance(inner, list) else [inner]
        case list():
            for number, inner in enumerate(value):
                yield [*value[:number], *value[number + 1 :]]
                yield from ([*value[:number], smaller, *value[number + 1 :]] for smaller in _smaller(inner))


def _unnamed(value: Any, name: str) -> Any:
    match value:
        case dict():
            return {k: _unnamed(v, name) for k, v in value.items() if v != [name]}
        case list():
            return [_unnamed(v, name) for v in value if v != name]
        case _:
            return value


_STEPS = (_fewer_questions, _fewer_files, _fewer_revisions, _fewer_lines, _smaller_policies, _smaller_mapping)
