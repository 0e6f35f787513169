"""Which source claims which input, and how surely."""

from __future__ import annotations

import bz2
import gzip
import lzma

import pytest

from supportpolicy.audit import detect
from supportpolicy.errors import UsageError
from supportpolicy.plugin.records import Probe
from supportpolicy.plugin.registry import installed
from supportpolicy.sources import delimited, jsonl
from supportpolicy.sources.mistaken import mistaken

CASES = {
    "CSV": ("export", b"id,note\n1,a\n", 20, None),
    "CSV of a file without rows": ("export", b"\xef\xbb\xbfid,note", 20, None),
    "CSV called otherwise": ("export.txt", b'"a\nb",c\n', None, None),
    "semicolons": ("export.csv", b"id;note\n1,5;a\n", 10, None),
    "tabs": ("export.tsv", b"id\tnote\n1,5\ta\n", 10, None),
    "one column": ("export.csv", b"id\n1\n", 5, None),
    "one column, no such name": ("export", b"id\n1,2\n", None, None),
    "a spreadsheet called .csv": ("export.csv", b"PK\x03\x04,", 5, None),
    "a spreadsheet": ("export.xlsx", b"PK\x03\x04,", None, None),
    "binary": ("export", b"a,b\0c\n", None, None),
    "empty": ("export", b"", None, None),
    "JSON lines": ("export", b'{"a": 1, "b": 2}\n', None, 60),
    "JSON lines, a blank line first": ("export", b'\xef\xbb\xbf\r\n {"a": 1, "b": 2}\r\n', None, 60),
    "JSON lines with a bad first line": ("export.jsonl.gz", b'{"a": 1, "b"\n{}\n', None, 50),
    "a first line beyond the glance": ("export", b'{"a": "' + b"x," * 1000, None, 30),
    "a document": ("export.json", b'{\n  "a": [1, 2]\n}', None, 30),
    "a list": ("export.json", b'[\n{"a": 1, "b": 2}]', None, 10),
    "a header in brackets": ("export.csv", b"[id],[note]\n", 20, None),
    "a header in braces": ("export.csv", b"{id},{note}\n", 20, 30),
    "a web page": ("export", b"<!doctype html>\n", None, None),
    "a web page called .csv": ("export.csv", b"<!doctype html>,\n", 5, None),
}


@pytest.mark.parametrize(("name", "head", "csv", "json"), CASES.values(), ids=CASES)
def test_detect(name, head, csv, json):
    found = [source.detect(Probe(name, head)) for source in (delimited.SOURCE, jsonl.SOURCE)]
    assert [detected and detected.certainty for detected in found] == [csv, json]
    assert all(detected.because for detected in found if detected)


def test_the_sources():
    assert [(s.name, s.canonical, s.mapping) for s in (delimited.SOURCE, jsonl.SOURCE)] == [
        ("csv", False, None),
        ("jsonl", True, None),
    ]


@pytest.mark.parametrize("content", [b"a,b\n" * 1000, b"{}\n"])
def test_other_kinds_of_file_are_known(content):
    """By what their own libraries write."""
    packed = [bz2.compress(content), lzma.compress(content), gzip.compress(content), content.decode().encode("utf-16")]
    assert all(mistaken("x", head, "text") for head in packed)
    assert mistaken("x", b"<?xml version='1.0'?>", "text")
    assert mistaken("x", content, "text") is None


def test_what_no_source_recognises_is_told_as_what_it_is(tmp_path):
    export = tmp_path / "export.xlsx"
    export.write_bytes(b"PK\x03\x04,")
    with pytest.raises(UsageError, match="this is a spreadsheet"):
        detect(str(export), installed())
    export.write_bytes(b"\0\1\2")
    with pytest.raises(UsageError, match="no source recognises this input"):
        detect(str(export), installed())
