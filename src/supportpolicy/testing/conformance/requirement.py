"""How the suites say that something is wrong: an AssertionError that names what was checked and what was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from supportpolicy.errors import SupportPolicyError

_SHOWN: Final = 600


def require(holds: bool, message: str) -> None:
    """Raise AssertionError with `message` unless it holds."""
    if not holds:
        raise AssertionError(message)


def require_equal(found: object, expected: object, what: str) -> None:
    """Raise AssertionError unless the two are equal; the message shows both."""
    if found != expected:
        raise AssertionError(f"{what}: expected {shown(expected)}, found {shown(found)}")


def require_words(name: str, text: Any) -> None:
    """A name or summary that people read: one line of text that is not empty."""
    require(
        isinstance(text, str) and bool(text.strip()) and text.isprintable(),
        f"{name} is {shown(text)}; expected one line of text",
    )


@contextmanager
def during(what: str) -> Iterator[None]:
    """Whatever is raised inside and is no AssertionError becomes one, with the original as its cause."""
    try:
        yield
    except AssertionError:
        raise
    except SupportPolicyError as error:
        raise AssertionError(f"{what} was refused: {error}") from error
    except Exception as error:
        raise AssertionError(f"{what} raised {type(error).__name__}: {error}") from error


def shown(value: object) -> str:
    """The value as a message shows it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"
