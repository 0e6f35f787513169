"""Files that are not what they should be: each is refused with a sentence, at the price of its size."""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import time
import zlib
from pathlib import Path

import pytest
from hostile_bench import GOOD, HEADER, MAPPING, POLICY, TICKET, Bench, python

from supportpolicy.sources import locations

BY_BOTH = pytest.mark.usefixtures("engine")


@BY_BOTH
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("export.csv", b"", "export.csv: the file is empty"),
        ("export.csv", b"\n\r\n\n", "export.csv: the file is empty"),
        ("export.csv", b"\xef\xbb\xbf", "export.csv: the file is empty"),
        ("export.csv", HEADER, "no ticket was judged"),
        ("export.csv", HEADER.strip(), "no ticket was judged"),
        ("export.jsonl", b"", "no ticket was judged"),
        ("export.jsonl", b"\n \n\t\r\n", "no ticket was judged"),
    ],
)
def test_nothing_in_it(bench: Bench, name: str, content: bytes, says: str) -> None:
    bench.write(name, content)
    found = bench.audit(name, more=["--source", name.rpartition(".")[2]])
    assert found.code == 3
    assert says in found.err


@BY_BOTH
def test_a_header_only_may_be_allowed(bench: Bench) -> None:
    assert bench.csv(HEADER, more=["--allow-empty"]).code == 0


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("folder", "folder: is a directory; expected a file\n    name its files, for example 'folder/*.csv'"),
        ("gone.csv", "gone.csv: there is no such file"),
        ("exprot.csv", "did you mean 'export.csv'?"),
        ("gone/export.csv", "there is no folder 'gone'"),
        ("*.tsv", "*.tsv: the glob matches no file"),
        ("", "a name is empty"),
        ("export.csv/x", "export.csv/x: there is no such file"),
        ("x" * 300, "cannot be read (File name too long)"),
        ("loop.csv", "loop.csv: cannot be read (Too many levels of symbolic links)"),
        ("pipe", "pipe: is a pipe or a device"),
        ("/dev/zero", "/dev/zero: is a pipe or a device"),
    ],
)
@pytest.mark.parametrize("command", [["audit"], ["explain", "1"], ["new", "mapping"]], ids=lambda words: words[0])
def test_names_that_lead_to_no_file(bench: Bench, name: str, says: str, command: list[str]) -> None:
    bench.write("export.csv", HEADER)
    (bench.folder / "folder").mkdir()
    (bench.folder / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(bench.folder / "pipe")
    more = ["--mapping", "mapping.yaml"] if command != ["new", "mapping"] else []
    code, out, err = bench.run(*command, name, "--policy", "policy.yaml", *more)
    assert (code, out) == (3, "")
    assert says in err


AS_NOBODY = """
import os, sys
from supportpolicy.cli import run
forbidden, *arguments = sys.argv[1:]
assert run(arguments) == 0  # all modules are loaded now: nobody may not be allowed to read them
os.chmod(forbidden, 0)
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(run(arguments))
"""


@pytest.mark.parametrize(
    ("forbidden", "code", "says"),
    [
        ("export.csv", 3, "export.csv: may not be read"),
        ("policy.yaml", 2, "policy.yaml: the file may not be read: no permission"),
        ("mapping.yaml", 2, "mapping.yaml: the file may not be read: no permission"),
        ("reports", 2, "cannot write reports/r.json: Permission denied"),
    ],
)
def test_no_permission(forbidden: str, code: int, says: str) -> None:
    """As somebody else, for nothing is forbidden to root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file, content in {
            "export.csv": HEADER + GOOD % 1,
            "policy.yaml": POLICY.encode(),
            "mapping.yaml": MAPPING.encode(),
        }.items():
            (folder / file).write_bytes(content)
        (folder / "reports").mkdir()
        (folder / "reports").chmod(0o777)
        arguments = [
            "audit",
            "export.csv",
            "--policy",
            "policy.yaml",
            "--mapping",
            "mapping.yaml",
            "-o",
            "json=reports/r.json",
        ]
        process = python("-c", AS_NOBODY, forbidden, *arguments, cwd=folder, stderr=-1, stdout=-1)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code, err
        assert says in err.decode()


# --- gzip -------------------------------------------------------------------------------------------------------------
PACKED = gzip.compress(HEADER + b"".join(GOOD % n for n in range(5_000)), mtime=0)


@BY_BOTH
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PACKED[:-4], "export.csv.gz: the gzip file is cut short"),
        (PACKED[: len(PACKED) // 2], "export.csv.gz: the gzip file is cut short"),
        (PACKED[:12], "export.csv.gz: the gzip file is cut short"),
        (PACKED[:3], "export.csv.gz: the gzip file is"),
        (PACKED[:-8] + b"\0" * 8, "export.csv.gz: the gzip file is damaged (CRC check failed"),
        (PACKED[:3000] + b"\xff" * 50 + PACKED[3050:], "export.csv.gz: the gzip file is damaged"),
        (PACKED + b"junk", "export.csv.gz: the gzip file is damaged (Not a gzipped file"),
        (gzip.compress(PACKED, mtime=0), "export.csv.gz: this is compressed twice over"),
    ],
)
def test_damaged_gzip(bench: Bench, content: bytes, says: str) -> None:
    """Of half an export nobody knows what is missing: it is refused as a whole, and no report is written."""
    bench.write("export.csv.gz", content)
    found = bench.audit("export.csv.gz")
    assert found.code == 3
    assert found.report is None
    assert says in found.err


MEASURED = """
import re, sys
from pathlib import Path
from supportpolicy.cli import run
code = run(sys.argv[1:])
status = Path("/proc/self/status")
peak = re.search("VmHWM: *([0-9]+) kB", status.read_text().replace("\\t", " ")) if status.exists() else None
print(code, int(peak[1]) // 1024 if peak else 0, file=sys.stderr)
"""


def _measured(bench: Bench, *arguments: str) -> tuple[int, int, str]:
    """The exit code, the most memory that it held in MiB (0 where the system does not say), and what was said."""
    process = python("-c", MEASURED, *arguments, cwd=bench.folder, stderr=-1, stdout=-1)
    _, err = process.communicate(timeout=120)
    *said, last = err.decode().splitlines()
    code, memory = last.split()
    return int(code), int(memory), "\n".join(said)


def test_a_gzip_bomb_in_bounded_memory(bench: Bench, engine: str) -> None:
    """Two megabytes that unpack to two gigabytes: refused when the first 64 MiB have come."""
    packer = zlib.compressobj(wbits=31)
    member = packer.compress(b"1,2\n" * 16_000_000) + packer.flush()
    bench.write("export.csv.gz", gzip.compress(HEADER) + member * 32)
    started = time.monotonic()
    code, memory, said = _measured(
        bench,
        "audit",
        "export.csv.gz",
        "--policy",
        "policy.yaml",
        "--mapping",
        "mapping.yaml",
        "-o",
        "json=report.json",
        "--engine",
        engine,
    )
    assert code == 3
    assert "export.csv.gz: the gzip file unpacks to more than 200 times its size, as only a bomb does" in said
    assert memory < 150
    assert time.monotonic() - started < 60
    assert "report.json" not in bench.names()


@pytest.mark.parametrize(
    "content",
    [b"\0", HEADER + b"\n", HEADER + b'1,"' + b"x", b'{"id": "' + b"x", b"[", b'{"id": 1}\n'],
    ids=["zeros", "blank lines", "an open quote", "one JSON text", "brackets", "rows"],
)
@pytest.mark.parametrize("command", [["audit"], ["explain", "1"], ["new", "mapping"]], ids=lambda words: words[0])
def test_gzip_bombs(bench: Bench, monkeypatch: pytest.MonkeyPatch, content: bytes, command: list[str]) -> None:
    monkeypatch.setattr(locations, "BOMB_BYTES", 1_000_000)
    repeated = content[-10:] if content.endswith(b"}\n") else content[-1:]
    bench.write("export.gz", gzip.compress(content + repeated * (5_000_000 // len(repeated))))
    more = ["--mapping", "mapping.yaml"] if command != ["new", "mapping"] else ["--source", "csv"]
    code, out, err = bench.run(*command, "export.gz", "--policy", "policy.yaml", *more)
    assert (code, out) == (3, "")
    assert "export.gz: the gzip file unpacks to more than 200 times its size" in err


@BY_BOTH
def test_what_shrinks_well_is_no_bomb(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may shrink as it likes, a large one to a two hundredth."""
    rows = b"".join(GOOD % n for n in range(5_000))
    monkeypatch.setattr(locations, "BOMB_BYTES", 100_000)
    bench.write("export.csv.gz", gzip.compress(HEADER + rows))
    assert bench.audit("export.csv.gz").rows == (5_000, 0)
    bench.write("export.csv.gz", gzip.compress(HEADER + b"\n" * 90_000 + GOOD % 1))
    assert bench.audit("export.csv.gz").rows == (1, 0)


@BY_BOTH
def test_a_bomb_on_standard_input_and_as_a_table(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locations, "BOMB_BYTES", 100_000)
    bomb = bench.write("bomb.gz", gzip.compress(b"a,b\n" + b"\n" * 1_000_000))
    with (bench.folder / bomb).open("rb") as stdin:
        monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": stdin}))
        found = bench.audit("-", more=["--as-of", "2021-03-02T00:00:00Z"])
    assert found.code == 3
    assert "-: the gzip file unpacks to more than 200 times its size" in found.err
    bench.write("export.csv", HEADER + GOOD % 1)
    mapping = (
        bench.folder / "mapping.yaml"
    ).read_text() + "lookups: {plan: {table: plans, key: edition, match: a, value: b}}\n"
    found = bench.audit("export.csv", mapping=mapping, more=["--table", "plans=bomb.gz"])
    assert found.code == 3
    assert "bomb.gz: the gzip file unpacks to more than 200 times its size" in found.err


# --- lines of JSON that are long --------------------------------------------------------------------------------------
@pytest.mark.long
@pytest.mark.parametrize("over", [False, True], ids=["just below", "just above"])
def test_100_megabytes_on_one_line(bench: Bench, engine: str, over: bool) -> None:
    """At most 100,000,000 bytes are held; a longer line is rejected and the next one is read."""
    beginning, end = b'{"id": "2", "subject": "', b'"}'
    filling = 100_000_000 - len(beginning) - len(end) + over
    good = (TICKET % 1).encode()
    with (bench.folder / "export.jsonl").open("wb") as file:
        file.write(good + beginning)
        file.write(b"x" * filling)
        file.write(end + b"\n" + (TICKET % 3).encode())
    code, memory, said = _measured(
        bench, "audit", "export.jsonl", "--policy", "policy.yaml", "-o", "json=report.json", "--engine", engine
    )
    assert memory < 1_000
    report = json.loads((bench.folder / "report.json").read_bytes())
    assert report["totals"]["faults"] == []
    assert report["totals"]["tickets"]["formed"] == 3 - over
    if over:
        assert code == 3
        assert report["rejected"][0]["reason"].startswith("the line is 100,000,001 bytes long, and at most 100,000,000")
        assert report["rejected"][0]["size"] == 65_536
    assert "exit" in said.splitlines()[-1]
