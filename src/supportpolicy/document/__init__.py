"""Strict YAML with places, and its reading by a JSON Schema.

A document is read in two steps. `read_document` turns a file into nodes, text everywhere, each with its line and
column, and refuses whatever two readers could understand differently. `conform` reads a document, or a section of one,
by a schema: only there a text becomes a number, a boolean or null. What comes back is a `Section`, plain data that
still knows where each value, key and character stands, so that later steps can say what is wrong at the right place.
"""

from supportpolicy.document.form import JsonSchema
from supportpolicy.document.nodes import Document, Entry, Keys, Mapping, Node, Scalar, Sequence
from supportpolicy.document.schema import conform
from supportpolicy.document.section import Section
from supportpolicy.document.strict import parse_document, read_document
from supportpolicy.document.text import MAX_BYTES

__all__ = [
    "MAX_BYTES",
    "Document",
    "Entry",
    "JsonSchema",
    "Keys",
    "Mapping",
    "Node",
    "Scalar",
    "Section",
    "Sequence",
    "conform",
    "parse_document",
    "read_document",
]
