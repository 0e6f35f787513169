"""Recognising a Zendesk CSV view by its header."""

from __future__ import annotations

import pytest
from supportpolicy_zendesk.source import CERTAINTY, detect
from supportpolicy_zendesk.view import DISTINCTIVE, KNOWN, NEEDED

from supportpolicy.plugin import Probe

FULL = b"Summation column,Id,Requester,Requester id,Subject,Tags,Status,Via,Created at,Solved at,Replies\n1,7,Ann,9"


def because(head: bytes) -> str:
    detected = detect(Probe("tickets.csv", head))
    assert detected is not None
    assert detected.certainty == CERTAINTY
    return detected.because


def test_a_view_is_recognised_and_says_how_many_columns_it_knew() -> None:
    assert because(FULL) == "the header has Id, Created at and 9 more columns of a Zendesk view"


@pytest.mark.parametrize(
    "head",
    [
        b"Id,Via,Created at,Requester id\n",
        b"ID,VIA,CREATED AT,REQUESTER ID\n",
        b"\xef\xbb\xbfId,Via,Created at,Requester id\r\n",
        b'"Id","Via","Created at","Requester id"\n',
        b"Created at,Requester id,Product [list],Via,Id",
        b"Id,Via,Created at,Requester id,Caf\xe9 [txt]\n",
        b"Id, Via ,Created at,Requester id,Product [list],Product [list]\n",
    ],
    ids=["plain", "any case", "byte order mark", "quoted", "any order, cut off", "not UTF-8", "own field twice"],
)
def test_any_choice_of_columns_is_recognised(head: bytes) -> None:
    assert because(head) == "the header has Id, Created at and 2 more columns of a Zendesk view"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n",
        b"\x00\x01\x02",
        b'{"id": 1, "via": "email"}\n',
        b"Id,Created at,Status,Subject,Priority,Tags\n",
        b"Id,Created at,Via\n",
        b"Via,Requester id,Satisfaction Score,Group stations\n",
        b"Id;Via;Created at;Requester id\n",
        b"Id,Id,Via,Created at,Requester id\n",
        b"ID,Via,Erstellt am,Anfragender-ID\n",
        b'"Id,Via,Created at,Requester id',
        b"number,incident_state,active,opened_at\n",
    ],
    ids=[
        "empty",
        "blank",
        "binary",
        "JSON lines",
        "any helpdesk",
        "one distinctive column",
        "no id",
        "semicolons",
        "a column twice",
        "German",
        "an open quote",
        "ServiceNow",
    ],
)
def test_anything_else_is_left_to_other_sources(head: bytes) -> None:
    assert detect(Probe("tickets.csv", head)) is None


def test_the_lists_of_columns_fit_together() -> None:
    assert DISTINCTIVE < KNOWN
    assert set(NEEDED) < KNOWN - DISTINCTIVE
    assert all(name == name.lower().strip() for name in KNOWN)
