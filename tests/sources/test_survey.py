"""The count that knows nothing of records."""

from __future__ import annotations

import gzip
import hashlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supportpolicy.model.finding import Input
from supportpolicy.sources.locations import resolve
from supportpolicy.sources.survey import survey

COUNTS = {
    b"": 0,
    b"\n": 1,
    b"a": 1,
    b"a\n": 1,
    b"a\r\nb": 2,
    b"a\n\n\n": 3,
    b"a\rb": 1,
    b"\r": 1,
    b'"a\nb\n"': 3,
    b"\0\xff\n\0": 2,
}


@pytest.mark.parametrize(("content", "line_feeds"), COUNTS.items())
@pytest.mark.parametrize("packed", [False, True])
def test_line_feeds(write, content, line_feeds, packed):
    """A last line without a line feed counts as one."""
    (location,) = resolve([write(content, packed=packed)])
    assert survey(location).line_feeds == line_feeds


@settings(deadline=None)
@given(content=st.binary(), packed=st.booleans())
def test_the_digest_is_that_of_the_file_on_disk(write, content, packed):
    name = write(content, packed=packed)
    stored = gzip.compress(content) if packed else content
    (location,) = resolve([name])
    assume(packed or not content.startswith(b"\x1f\x8b"))
    found = survey(location, "organizations")
    assert (found.input.name, found.input.table, found.input.size) == (name, "organizations", len(stored))
    if not packed:
        assert found.input == Input(name, "organizations", len(content), hashlib.sha256(content).hexdigest())


def test_what_follows_gzip_is_digested_too(write):
    stored = gzip.compress(b"a\n") + bytes(3_000_000)
    (location,) = resolve([write(stored)])
    found = survey(location)
    assert found.line_feeds == 1
    assert found.input == Input(location.name, "tickets", len(stored), hashlib.sha256(stored).hexdigest())
