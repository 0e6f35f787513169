"""The source keeps its contract, and reads what mail programs write."""

from __future__ import annotations

import gzip

import pytest
from supportpolicy.testing.conformance import SourceSample, check_source

from supportpolicy_example.mbox import SOURCE
from supportpolicy_example.message import HeaderError, values

MAILBOX = b"""\
From ann@client.test Mon Mar  1 08:00:00 2021
Message-ID: <1@client.test>
Date: Mon, 1 Mar 2021 09:00:00 +0100
From: =?utf-8?q?Ann_Caf=C3=A9?= <ann@client.test>
Subject: =?utf-8?b?Q2Fmw6k=?= is
 down

From the kitchen nothing works.

>From here on neither.

From help@vendor.test Mon Mar  1 09:30:00 2021
Message-ID: <2@vendor.test>
In-Reply-To: <1@client.test>
Date: Mon, 1 Mar 2021 09:30:00 GMT
From: help@vendor.test
Subject: Re: it is down

We look into it.


From bob@client.test Tue Mar  2 10:00:00 2021
Message-ID: <3@client.test>
Date: yesterday
From: Bob
Subject: caf\xe9

Bytes of another age.
"""


def test_it_keeps_the_contract_of_a_source() -> None:
    check_source(
        SOURCE,
        SourceSample("support.mbox", MAILBOX, read=3, rejected=1),
        SourceSample("support.mbox.gz", gzip.compress(MAILBOX, mtime=0), read=3, rejected=1),
        SourceSample("windows", MAILBOX.replace(b"\n", b"\r\n"), read=3, rejected=1),
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Subject: =?utf-8?q?caf=C3=A9?=", ["", "", "", "café", ""]),
        ("Subject: =?no-such-charset?q?x?=", ["", "", "", "=?no-such-charset?q?x?=", ""]),
        ("Subject: one\n two\n\tthree", ["", "", "", "one two\tthree", ""]),
        ("From: Ann <ann@client.test>", ["", "", "ann@client.test", "", ""]),
        ("Date: Mon, 1 Mar 2021 09:00:00 +0100", ["", "2021-03-01T09:00:00+01:00", "", "", ""]),
        ("Date: Mon, 1 Mar 2021 09:00:00 -0000", ["", "2021-03-01T09:00:00", "", "", ""]),
        ("Date: tomorrow", ["", "tomorrow", "", "", ""]),
        ("message-id: <1@x>\nIN-REPLY-TO: <2@x>", ["<1@x>", "", "", "", "<2@x>"]),
    ],
)
def test_what_a_header_says(header: str, expected: list[str]) -> None:
    assert values(f"From x Mon Mar  1 08:00:00 2021\n{header}\n\nbody".encode()) == expected


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"From x 2021", "the message has no header"),
        (b"From x 2021\n\nbody", "the message has no header"),
        (b"From x 2021\nSubject: caf\xe9\n\nbody", "byte 13 of the header is not UTF-8"),
        (b"From x 2021\nSubject: \0\n\nbody", "there is a NUL in the header"),
        (
            b"From x 2021\nno field\nSubject: x\n\nbody",
            "the header has a line that is neither a field nor the rest of one",
        ),
    ],
)
def test_a_message_that_cannot_be_read_says_why(message: bytes, reason: str) -> None:
    with pytest.raises(HeaderError) as caught:
        values(message)
    assert str(caught.value) == reason
