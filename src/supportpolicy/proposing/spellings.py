"""How helpdesks spell what a policy's vocabulary has one word for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from supportpolicy.model.language import language
from supportpolicy.model.text import token
from supportpolicy.model.ticket import FieldType

_MIDNIGHTS: Final = (
    "",
    " 00:00:00",
    "T00:00:00",
    "T00:00:00Z",
    "T00:00:00.000Z",
    "T00:00:00+00:00",
    "T00:00:00.000+0000",
)

NULLS: Final = frozenset(
    {"?", "-", "--", "NULL", "null", "Null", "(null)", "N/A", "n/a", "#N/A", "NaN", "nil", "\\N", "(empty)", "(blank)"}
    | {f"1970-01-01{time}" for time in _MIDNIGHTS}
    | {f"{zero}{time}" for zero in ("0000-00-00", "0001-01-01") for time in _MIDNIGHTS}
)
"""Texts that stand for an empty cell; some databases write the first instant they know where there is none. `none` and `NA`
are not among them: they may be a priority and a continent."""

_CHANNELS: Final = {
    "email": "mail, e-mail, outbound email, mailgun, connect mail",
    "web": "web form, webform, portal, self service, self-service, selfservice, help center, help centre, helpcenter, "
    "web widget, feedback widget, website, mobile, mobile sdk, forum, customer portal, jira",
    "chat": "live chat, web chat, chat transcript, chat offline message, virtual agent, messenger",
    "messaging": "native messaging, whatsapp, telegram, line, wechat, viber, facebook messenger, kakaotalk",
    "phone": "phone call, phone call (inbound), phone call (outbound), phone call inbound, phone call outbound, telephone, "
    "call, voice, voicemail, ivr",
    "sms": "text, text message",
    "social": "twitter, facebook, instagram, twitter dm, facebook post, facebook message, instagram dm",
    "api": "web service, web service (api), rest api, webservice",
    "in_person": "walk-in, walk in, in person, on site, on-site",
}
_LANGUAGES: Final = {
    "en": "english",
    "de": "german, deutsch",
    "fr": "french, français",
    "es": "spanish, español",
    "pt": "portuguese, português",
    "it": "italian, italiano",
    "nl": "dutch, nederlands",
    "cs": "czech, čeština",
    "pl": "polish, polski",
    "ja": "japanese",
    "zh": "chinese",
    "ko": "korean",
    "ru": "russian",
    "sv": "swedish",
    "da": "danish",
    "fi": "finnish",
}
_BOOLEANS: Final = {"true": "yes, y, 1, x, ja, checked", "false": "no, n, 0, nein, unchecked"}


def _spellings(table: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({token(word): ours for ours, words in table.items() for word in words.split(",")})


SYNONYMS: Final = MappingProxyType(
    {"channel": _spellings(_CHANNELS), "language": _spellings(_LANGUAGES), "boolean": _spellings(_BOOLEANS)}
)
_NUMBERED: Final = re.compile(r"[a-z]?[0-9]{1,2} *[-.:)/]+ *(?=[^ ])")


def recognised(text: str, field: str, kind: FieldType, vocabulary: Sequence[str] | None) -> str | None:
    """The word that the spelling stands for, None where nothing says so. A slip of the pen is not recognised: what a
    misspelt value was meant to be is not ours to decide."""
    word = token(text)
    if kind is FieldType.LANGUAGE:
        return language(word) or SYNONYMS["language"].get(word)
    if kind is FieldType.BOOLEAN:
        return word if word in ("true", "false") else SYNONYMS["boolean"].get(word)
    if vocabulary is None:
        return word
    bare = _NUMBERED.sub("", word, count=1)
    candidates = (word, bare, *(form for w in (word, bare) for form in _forms(w)))
    synonyms = SYNONYMS["channel"] if field == "channel" else {}
    named = (synonyms.get(candidate) for candidate in (word, word.replace("_", " ")))
    return next((c for c in (*candidates, *named) if c in vocabulary), None)


def _forms(word: str) -> tuple[str, ...]:
    parts = re.split("[ _-]+", word)
    return ("_".join(parts), " ".join(parts), "-".join(parts), "".join(parts))
