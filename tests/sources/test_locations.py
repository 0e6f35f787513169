"""Names as typed, and what can be wrong with them."""

from __future__ import annotations

import gzip
import io
import os
import sys
from pathlib import Path

import pytest

from supportpolicy.errors import InputError
from supportpolicy.sources.delimited import open_csv
from supportpolicy.sources.locations import HEAD, resolve

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

EXPECTED = "a file that can be read, a glob such as 'exports/*.csv', or - for standard input"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with three exports in it."""
    for name in ("b.csv", "a.csv", "c.csv.gz"):
        (tmp_path / name).write_bytes(b"id\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*typed: str) -> list[str]:
    return [location.name for location in resolve(typed)]


def stdin(monkeypatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_names_stay_as_typed(folder):
    assert names("./b.csv", str(folder / "a.csv")) == ["./b.csv", str(folder / "a.csv")]


def test_globs_are_sorted(folder):
    (folder / "d.csv").mkdir()
    assert names("*.csv", "c.*") == ["a.csv", "b.csv", "c.csv.gz"]
    (folder / "d.csv" / "e.csv").write_bytes(b"")
    assert names("**/*.csv") == ["a.csv", "b.csv", "d.csv/e.csv"]
    assert names(str(folder / "[ab].csv")) == [str(folder / "a.csv"), str(folder / "b.csv")]


def test_a_file_of_just_that_name_is_no_glob(folder):
    (folder / "[ab].csv").write_bytes(b"")
    assert names("[ab].csv") == ["[ab].csv"]


def test_all_that_is_wrong_is_told_at_once(folder, said):
    (folder / "exports").mkdir()
    (folder / "link").symlink_to("a.csv")
    (folder / "nowhere").symlink_to("nothing")
    os.mkfifo(folder / "pipe")
    typed = [
        "a.csv",
        "a.cvs",
        "no/a.csv",
        "*.json",
        "exports",
        "a.csv",
        "link",
        "nowhere",
        "pipe",
        "",
        "a\0",
        "a.csv/b",
    ]
    with pytest.raises(InputError) as caught:
        resolve(typed)
    assert said(caught.value) == [
        f"there is no such file | {EXPECTED} | did you mean 'a.csv'?",
        f"there is no such file | {EXPECTED} | there is no folder 'no'",
        f"the glob matches no file | {EXPECTED} | ",
        "is a directory | a file | name its files, for example 'exports/*.csv'",
        "is named twice | each file once | leave one of the two out",
        "is the same file as a.csv | each file once | leave one of the two out",
        f"there is no such file | {EXPECTED} | ",
        "is a pipe or a device | a regular file | "
        "an input is read more than once; pass a pipe on standard input and name it -",
        f"a name is empty | {EXPECTED} | ",
        f"is not a file name (embedded null byte) | {EXPECTED} | ",
        f"there is no such file | {EXPECTED} | there is no folder 'a.csv'",
    ]
    assert [p.place.file for p in caught.value.problems if p.place] == [name for name in typed[1:] if name]


def test_no_name_at_all():
    with pytest.raises(InputError, match="no input is named"):
        resolve([])


@pytest.mark.usefixtures("folder")
def test_a_file_that_two_globs_match_is_named_twice():
    with pytest.raises(InputError, match=r"a\.csv: is named twice"):
        resolve(["a*", "*.csv"])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("number", "message"), [(13, "may not be read"), (5, "cannot be read")])
def test_no_permission(monkeypatch, number, message):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=message):
        resolve(["a.csv"])


def test_a_file_that_changes_is_not_read_on(folder):
    (location,) = resolve(["a.csv"])
    with location.content() as content:
        assert content.read() == b"id\n"
    (folder / "a.csv").write_bytes(b"id\n1\n")
    with pytest.raises(InputError, match=r"a\.csv: has changed"), location.content():
        pass


# --- compressed files -------------------------------------------------------------------------------------------------
PACKINGS = {"gzip": gzip.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_compressed_files_are_known_by_their_bytes(folder, pack):
    """Whatever the name says: `c.csv.gz` is plain here. Two compressed files in a row are one."""
    (folder / "a.csv").write_bytes(pack(b"id\n1\n") + pack(b"2\n"))
    for location, content in zip(resolve(["a.csv", "c.csv.gz"]), [b"id\n1\n2\n", b"id\n"], strict=True):
        for _ in range(2):
            with location.content() as stream:
                assert stream.read() == content


def test_zstd_may_begin_with_a_frame_that_is_passed_over(folder):
    (folder / "a.csv").write_bytes(b"\x53\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc" + zstd.compress(b"id\n"))
    (location,) = resolve(["a.csv"])
    with location.content() as stream:
        assert stream.read() == b"id\n"


def with_checksum(content):
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


BROKEN = {
    "the beginning only": (lambda whole: whole[:4], "is cut short"),
    "cut in the middle": (lambda whole: whole[: len(whole) // 2], "is cut short"),
    "cut before its end": (lambda whole: whole[:-1], "is cut short"),
    "a wrong checksum": (lambda whole: whole[:-8] + bytes(8), "is damaged"),
    "a wrong block": (lambda whole: whole[:10] + b"\xff" * 20 + whole[30:], "is damaged"),
    "something behind it": (lambda whole: whole + b"id\n", "is damaged"),
}


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("zstd", with_checksum)], ids=["gzip", "zstd"])
@pytest.mark.parametrize(("broken", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_files(write, packing, pack, broken, message):
    content = broken(pack(b"id\n" + b"".join(b"%d\n" % (n * n) for n in range(2_000))))
    names = [write(content), write(b"id\n"), write(content)]
    with pytest.raises(InputError) as caught:
        open_csv(names, {})
    assert len(caught.value.problems) == 2
    for problem, name in zip(caught.value.problems, (names[0], names[2]), strict=True):
        assert problem.place is not None
        assert problem.place.file == name
        assert problem.message.startswith(f"the {packing} file {message}")
        assert f"{packing} -t" in problem.hint


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_a_bomb_is_only_read_as_far_as_asked(write, pack):
    (location,) = resolve([write(pack(b"x" * 50_000_000))])
    assert len(location.probe().head) == HEAD


# --- standard input ---------------------------------------------------------------------------------------------------
def test_standard_input_can_be_read_again_and_again(monkeypatch):
    stdin(monkeypatch, gzip.compress(b"id\n1\n"))
    (location,) = resolve(["-"])
    with location.content() as one, location.content() as other:
        assert (one.read(), other.read()) == (b"id\n1\n", b"id\n1\n")
    assert resolve(["-"])[0].probe().head == b"id\n1\n"
    assert location.name == "-"


def test_standard_input_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stdin(monkeypatch, b"id\n1\n")
    snapshot = open_csv(["-"], {})
    assert len(list(snapshot.tables["tickets"].rows())) == 1
    assert list(tmp_path.iterdir()) == []


def test_standard_input_is_named_once(monkeypatch):
    stdin(monkeypatch, b"id\n")
    with pytest.raises(InputError, match="-: is named twice"):
        resolve(["-", "-"])


def test_no_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="there is no standard input"):
        resolve(["-"])


def test_standard_input_that_fails_is_not_read_in_part(monkeypatch):
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(min(3, size or 3))

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Failing(b"id\n1\n2\n")))
    for _ in range(2):
        with pytest.raises(InputError, match="cannot be read"):
            resolve(["-"])
