"""What the strict reader refuses, and how it says so. The messages themselves stand in `refused.yaml`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from supportpolicy.document import MAX_BYTES, Mapping, Scalar, Sequence, parse_document, read_document, tree
from supportpolicy.errors import DocumentError, Place

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
REFUSED: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("refused.yaml").read_text("utf-8"))


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Each test that asks for it runs with the parser in C and with the one in Python."""
    monkeypatch.setattr(tree, "PARSER", request.param)
    return request.param


def refusal(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        parse_document(data, "p.yaml")
    return str(caught.value)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_refused(case: dict[str, str]) -> None:
    data = case["file"].encode() if "file" in case else case["file_escaped"].encode().decode("unicode_escape").encode()
    assert refusal(data) == case["says"].rstrip("\n")


@pytest.mark.usefixtures("parser")
def test_every_scalar_is_text() -> None:
    """None of YAML's guesses: no octal numbers, no sexagesimal times, no booleans, no dates, no null."""
    words = ["no", "09:00", "1.10", "2021-03-01", "null", "~", "0x10", "0o7", "017", "1e3", ".inf", "=", "on", "12h"]
    document = parse_document(("".join(f"- {word}\n" for word in words)).encode(), "p.yaml")
    assert isinstance(document.root, Sequence)
    assert [item.text for item in document.root.items if isinstance(item, Scalar) and item.plain] == words


@pytest.mark.usefixtures("parser")
def test_places_and_kinds_of_scalars() -> None:
    document = parse_document(b"a: b\nc:\n  - 'd'\n  - &x \"e\"\nf: |\n  g\nh: *x\n", "p.yaml")
    root = document.root
    assert isinstance(root, Mapping)
    assert {key: str(entry.key_place) for key, entry in root.entries.items()} == {
        "a": "p.yaml:1:1",
        "c": "p.yaml:2:1",
        "f": "p.yaml:5:1",
        "h": "p.yaml:7:1",
    }
    e = Scalar("e", False, Place("p.yaml", 4, 8), '"e"')
    assert root.entries["a"].value == Scalar("b", True, Place("p.yaml", 1, 4), "b")
    assert root.entries["c"].value == Sequence(
        (Scalar("d", False, Place("p.yaml", 3, 5), "'d'"), e), Place("p.yaml", 3, 3)
    )
    assert root.entries["f"].value == Scalar("g\n", False, Place("p.yaml", 5, 4))
    assert root.entries["h"].value == e, "an alias stands where its anchor stands"


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_end_are_read(end: str) -> None:
    data = f"\ufeffa: b{end}c: d{end}".encode()
    document = parse_document(data, "p.yaml")
    assert isinstance(document.root, Mapping)
    assert document.root.entries["a"].key_place == Place("p.yaml", 1, 1)
    assert document.root.entries["c"].key_place == Place("p.yaml", 2, 1)
    assert (document.sha256, document.size) == (hashlib.sha256(data).hexdigest(), len(data))


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "text",
    ['a: ""\n', "a: ''\n", "'': a\n", "'<<': a\n", "%YAML 1.2\n---\na: b\n", "a: b\n...\n", "a: {}\n", "a: []\n"],
)
def test_accepted(text: str) -> None:
    parse_document(text.encode(), "p.yaml")


@pytest.mark.parametrize(
    ("data", "place", "hint"),
    [
        (b"a: b\nc: \xe9t\xe9\n", "p.yaml:2:4: byte 0xe9 at offset 8 is not UTF-8", "save the file as UTF-8"),
        ("é: 1\r\nx: ".encode() + b"\xff", "p.yaml:2:4: byte 0xff at offset 10 is not UTF-8", "save the file as UTF-8"),
        ("a: b".encode("utf-16"), "p.yaml:1:1: byte 0xff at offset 0 is not UTF-8", "the file looks like UTF-16"),
        (b"\xef\xbb\xbfa: \xc3", "p.yaml:1:4: byte 0xc3 at offset 6 is not UTF-8", "save the file as UTF-8"),
    ],
)
def test_bytes_that_are_not_utf_8(data: bytes, place: str, hint: str) -> None:
    says = refusal(data)
    assert says.startswith(place)
    assert hint in says


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("escape", [r"\ud800", r"\ud83d\ude00", r"\UFFFFFFFF", r"\q"])
def test_escapes_that_are_no_characters(escape: str) -> None:
    assert "an escape in double quotes" in refusal(f'a: "{escape}"\n'.encode())


class TestBounds:
    """A file may be long, deep or full of aliases only so far, and is refused before it costs time or memory."""

    pytestmark = pytest.mark.usefixtures("parser")

    def test_length(self) -> None:
        parse_document(b"a: b #".ljust(MAX_BYTES, b"#"), "p.yaml")
        says = refusal(b"a: b #".ljust(MAX_BYTES + 1, b"#"))
        assert says.startswith("p.yaml: is 1,048,577 bytes long; expected at most 1,048,576 bytes (1 MiB)")

    @pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: "])
    def test_depth(self, opening: str) -> None:
        assert "more than 64 levels" in refusal((opening * 50_000).encode())

    def test_depth_by_indentation(self) -> None:
        deep = "".join(" " * level + "a:\n" for level in range(63)) + " " * 63 + "b\n"
        parse_document(deep.encode(), "p.yaml")
        assert "more than 64 levels" in refusal(deep.replace("b\n", "a: b\n").encode())

    def test_depth_by_aliases(self) -> None:
        chain = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [[[[[[[*a{i - 1}]]]]]]]\n" for i in range(1, 20))
        assert "more than 64 levels" in refusal(chain.encode())

    def test_a_bomb_of_aliases(self) -> None:
        bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 8)
        )
        assert "more than 100,000 keys and values" in refusal(bomb.encode())

    def test_number_of_aliases(self) -> None:
        parse_document(f"a: &a b\nc: [{'*a, ' * 64}]\n".encode(), "p.yaml")
        assert "p.yaml:2:261: c[64]: more than 64 aliases" in refusal(f"a: &a b\nc: [{'*a, ' * 65}]\n".encode())

    def test_invisible_characters_are_not_told_a_million_times(self) -> None:
        assert refusal(b"\0" * 10_000).count("\np.yaml") == 10


class TestReading:
    def test_a_file_is_called_as_the_user_typed_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("p.yaml").write_bytes(b"a: b\n")
        assert read_document(Path("p.yaml")).root.place.file == "p.yaml"
        assert read_document(tmp_path / "p.yaml", "policy").name == "policy"

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("missing.yaml", "there is no such file"),
            (".", "this is a folder"),
            ("a\0b", "this is not the name of a file"),
        ],
    )
    def test_what_is_no_file(self, tmp_path: Path, name: str, says: str) -> None:
        with pytest.raises(DocumentError, match=says):
            read_document(tmp_path / name)

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_no_permission(self, tmp_path: Path) -> None:
        path = tmp_path / "p.yaml"
        path.write_bytes(b"a: b\n")
        path.chmod(0)
        with pytest.raises(DocumentError, match="no permission"):
            read_document(path)

    @pytest.mark.parametrize(
        ("error", "says"),
        [
            (PermissionError(13, "Permission denied"), "p.yaml: the file may not be read: no permission"),
            (OSError(5, "Input/output error"), "p.yaml: the file cannot be read: Input/output error"),
        ],
    )
    def test_what_the_system_refuses(self, monkeypatch: pytest.MonkeyPatch, error: OSError, says: str) -> None:
        def refuse(*_: object) -> None:
            raise error

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(DocumentError, match=says):
            read_document(Path("p.yaml"))

    def test_a_huge_file_is_refused_unread(self, tmp_path: Path) -> None:
        path = tmp_path / "p.yaml"
        path.touch()
        os.truncate(path, 1 << 33)
        with pytest.raises(DocumentError, match=r"is 8,589,934,592 bytes long"):
            read_document(path)

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
    def test_an_endless_file_is_read_up_to_the_bound(self) -> None:
        with pytest.raises(DocumentError, match="is longer; expected at most"):
            read_document(Path("/dev/zero"))
