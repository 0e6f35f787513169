"""The mapping that the source brings."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest
import yaml
from supportpolicy_zendesk.source import mapping
from supportpolicy_zendesk.view import KNOWN, NEEDED

from supportpolicy.model.text import token
from supportpolicy.model.ticket import CHANNELS, FIELDS

Data: TypeAlias = dict[str, Any]


@pytest.fixture(scope="module")
def data() -> Data:
    loaded: Data = yaml.load(mapping(), Loader=yaml.BaseLoader)  # every scalar is text, as in the tool
    return loaded


def test_every_column_is_one_that_a_view_offers(data: Data) -> None:
    for name, field in data["fields"].items():
        column = field if isinstance(field, str) else field.get("column", field.get("elapsed", ""))
        assert column.lower() in KNOWN, name


def test_only_the_needed_columns_must_be_there(data: Data) -> None:
    for name, field in data["fields"].items():
        column = field if isinstance(field, str) else field.get("column", field.get("elapsed", ""))
        optional = isinstance(field, dict) and field.get("optional") == "true"
        assert optional == (column.lower() not in NEEDED), name


def test_every_field_of_a_ticket_is_considered(data: Data) -> None:
    told = [*data["fields"], *data["lookups"], *data["not_recorded"]]
    assert sorted(told) == sorted(FIELDS)


def test_channels_are_the_usual_ones(data: Data) -> None:
    values = data["fields"]["channel"]["values"]
    assert set(values.values()) <= set(CHANNELS) - {"other", "in_person"}
    assert all(spelling == token(spelling) for spelling in values)


@pytest.mark.parametrize(
    ("spellings", "channel"),
    [
        (["email", "mail", "4"], "email"),
        (["web", "web form", "web_form", "0", "helpcenter", "mobile_sdk"], "web"),
        (["chat", "29", "chat_transcript"], "chat"),
        (["native_messaging", "whatsapp", "75"], "messaging"),
        (
            ["voice", "voicemail", "phone_call_inbound", "phone call (inbound)", "34", "api_phone_call_outbound"],
            "phone",
        ),
        (["sms", "text", "text_message"], "sms"),
        (["twitter", "twitter_dm", "facebook_post", "instagram_dm"], "social"),
        (["api", "web_service", "5"], "api"),
    ],
)
def test_both_vocabularies_and_the_numbers_mean_the_same(data: Data, spellings: list[str], channel: str) -> None:
    values = data["fields"]["channel"]["values"]
    assert {values.get(spelling) for spelling in spellings} == {channel}


@pytest.mark.parametrize(
    "spelling", ["rule", "closed ticket", "closed_ticket", "27", "batch", "import", "any_channel", "55"]
)
def test_what_does_not_say_how_a_request_came_in_stays_unknown(data: Data, spelling: str) -> None:
    assert spelling not in data["fields"]["channel"]["values"]
