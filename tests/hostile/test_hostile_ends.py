"""However a run ends, the old report or the new one stands there, never half of one, and nothing else lies beside it."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_bench import GOOD, HEADER, TICKET, Bench, python

from supportpolicy.cli import outputs

OLD = b"the old report\n"
AUDIT = ("audit", "export.csv", "--policy", "policy.yaml", "--mapping", "mapping.yaml", "--include", "all")

COMMANDS = (
    AUDIT,
    (*AUDIT, "-o", "csv"),
    ("schema", "policy"),
    ("new", "mapping", "export.csv"),
    ("explain", "1", *AUDIT[1:-2]),
)

HURT = """
import os, signal, sys
from supportpolicy.reports import json_report, csv_report, text
from supportpolicy import cli
kind, *arguments = sys.argv[1:]
calls = 0
def hurt(write):
    def wrapped(self, *given):
        global calls
        write(self, *given)
        calls += 1
        if calls == 3:
            for fd in os.listdir("/dev/fd"):  # what was written is on the disk, as in a large report
                try: os.fsync(int(fd))
                except OSError: pass
            os.kill(os.getpid(), getattr(signal, kind))
    return wrapped
for writer in (json_report.JsonWriter, csv_report.CsvWriter, text.TextWriter):
    writer.batch = hurt(writer.batch)
sys.exit(cli.run(arguments))
"""


@pytest.fixture
def folder(bench: Bench) -> Path:
    """Enough tickets for many batches, and an old report."""
    bench.write("export.csv", HEADER + b"".join(GOOD % n for n in range(4_000)))
    bench.write("report.json", OLD)
    return bench.folder


@pytest.fixture
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where processes put what is only theirs; whatever they came to, nothing may be left there."""
    place = tmp_path_factory.mktemp("scratch")
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def _nothing_left(scratch: Path, engine: str, folder: Path, killed: bool = False) -> None:
    """In the folder for what is temporary; what a killed run left there the next one takes away."""
    if killed:
        after = python("-m", "supportpolicy", *AUDIT, "--engine", engine, "-o", "csv=/dev/null", cwd=folder, stderr=-1)
        assert _ended(after)[0] == 0
    assert list(scratch.iterdir()) == []


@pytest.fixture
def few(folder: Path) -> Path:
    """Only three tickets."""
    (folder / "export.csv").write_bytes(HEADER + b"".join(GOOD % n for n in range(3)))
    return folder


def _ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """How it ended, and what it said."""
    _, err = process.communicate(timeout=60)
    said = (err or b"").decode()
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    return process.returncode, said


def _untouched(folder: Path) -> None:
    assert (folder / "report.json").read_bytes() == OLD
    assert {path.name for path in folder.iterdir()} == {"policy.yaml", "mapping.yaml", "export.csv", "report.json"}


# --- signals ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "code", "report"),
    [
        ("SIGINT", 130, "json"),
        ("SIGINT", 130, "csv"),
        ("SIGKILL", -9, "json"),
        ("SIGKILL", -9, "csv"),
        ("SIGTERM", -15, "text"),
    ],
)
def test_hurt_while_it_writes(folder: Path, scratch: Path, engine: str, kind: str, code: int, report: str) -> None:
    words = (*AUDIT, "--engine", engine, "-o", f"{report}=report.json")
    process = python("-c", HURT, kind, *words, cwd=folder, stderr=-1)
    ended, said = _ended(process)
    assert ended == code
    assert ("interrupted" in said) == (kind == "SIGINT")
    if sys.platform == "linux":
        _untouched(folder)
    assert (folder / "report.json").read_bytes() == OLD
    _nothing_left(scratch, engine, folder, killed=code < 0)


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_hurt_while_it_waits(folder: Path, scratch: Path, engine: str, kind: signal.Signals, code: int) -> None:
    """For its standard input, with its reports already open."""
    arguments = (
        "audit",
        "-",
        *AUDIT[2:],
        "--as-of",
        "2021-03-20T00:00:00Z",
        "-o",
        "json=report.json",
        "-o",
        "csv=other.csv",
        "--engine",
        engine,
    )
    process = python("-m", "supportpolicy", *arguments, cwd=folder, stdin=-1, stderr=-1)
    assert process.stdin is not None
    process.stdin.write(HEADER)
    process.stdin.flush()
    opened = Path(f"/proc/{process.pid}/fd")
    for _ in range(200):
        time.sleep(0.02)
        if not opened.exists() or sum("(deleted)" in _led_to(link) for link in opened.iterdir()) >= 3:
            break
    process.send_signal(kind)
    ended, said = _ended(process)
    assert ended == code
    assert ("interrupted" in said) == (kind == signal.SIGINT)
    if sys.platform == "linux":
        _untouched(folder)
    _nothing_left(scratch, engine, folder, killed=code < 0)


@pytest.mark.long
@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9), (signal.SIGTERM, -15)])
def test_hurt_in_the_middle_of_many_tickets(
    folder: Path, scratch: Path, engine: str, kind: signal.Signals, code: int
) -> None:
    """At several moments of a run over 200,000 tickets, one of them torn: while it reads, judges and tells."""
    rows = b"".join(GOOD % n for n in range(200_000))
    (folder / "export.csv").write_bytes(HEADER + rows + b'torn"\n')
    for wait in (0.3, 0.8, 1.5):
        words = (*AUDIT, "--engine", engine, "--max-rejected", "1", "-o", "json=report.json")
        process = python("-m", "supportpolicy", *words, cwd=folder, stderr=-1)
        time.sleep(wait)
        process.send_signal(kind)
        ended, _ = _ended(process)
        assert ended in (code, 0, -kind)  # by the system itself, if it was not ready yet
        content = (folder / "report.json").read_bytes()
        assert content == OLD or json.loads(content)
    names = {path.name for path in folder.iterdir()}
    assert names == {"policy.yaml", "mapping.yaml", "export.csv", "report.json"}
    (folder / "export.csv").write_bytes(HEADER + GOOD % 1)
    _nothing_left(scratch, engine, folder, killed=code < 0)


def _led_to(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def test_interrupted_twice_and_while_starting(few: Path) -> None:
    """No traceback whenever the key is pressed."""
    line = (
        "from supportpolicy import cli; ready = cli._make_ready\n"
        "cli._make_ready = lambda: (print(flush=True), ready()); cli.main()"
    )
    for wait in (0, 0.02, 0.05, 0.1, 0.2):
        process = python("-c", line, *AUDIT, "-o", "json=report.json", cwd=few, stdout=-1, stderr=-1)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        ended, said = _ended(process)
        assert ended in (130, 0)
        assert "supportpolicy failed" not in said
        content = (few / "report.json").read_bytes()
        assert content == OLD or json.loads(content)


def test_what_a_killed_run_left_is_taken_away(folder: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files cannot be without a name a hidden part is left, until the next run to the same name."""
    hurt = "from supportpolicy.cli import outputs; outputs._unnamed = lambda _: None\n" + HURT
    assert _ended(python("-c", hurt, "SIGKILL", *AUDIT, "-o", "json=report.json", cwd=folder, stderr=-1))[0] == -9
    (part,) = [name for name in bench.names() if name.endswith(".part")]
    assert part.startswith(".report.json.")
    assert (folder / "report.json").read_bytes() == OLD
    monkeypatch.setattr(outputs, "_unnamed", lambda _: None)
    with (folder / ".report.json.living.part").open("wb") as living:
        import fcntl

        fcntl.flock(living, fcntl.LOCK_EX)
        (folder / ".report.json.folder.part").mkdir()
        assert bench.run(*AUDIT, "-o", "json=report.json")[0] == 0
    parts = {name for name in bench.names() if name.endswith(".part")}
    assert parts == {".report.json.living.part", ".report.json.folder.part"}
    assert json.loads((folder / "report.json").read_bytes())["totals"]["tickets"]["formed"] == 4_000


# --- no room ----------------------------------------------------------------------------------------------------------
ROOM = """
import resource, signal, sys
from supportpolicy.cli import run
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("report", "room"),
    [
        *((report, 1_000) for report in ("json", "csv", "text", "jsonl", "junit", "markdown", "parquet")),
        ("json", 0),
        ("json", 200_000),
        ("csv", 200_000),
    ],
)
def test_no_room(folder: Path, scratch: Path, engine: str, report: str, room: int) -> None:
    """Neither for the report nor for what is set aside while it is made: exit 3, and the old report stands."""
    words = (*AUDIT, "--engine", engine, "-o", f"{report}=report.json")
    process = python("-c", ROOM, str(room), *words, cwd=folder, stderr=-1)
    ended, said = _ended(process)
    assert ended == 3, said
    assert "a report could not be written (" in said
    assert "an old report still stands; is there room for the new one" in said
    assert said.endswith("1 problem; exit 3\n")
    _untouched(folder)
    _nothing_left(scratch, engine, folder)


@pytest.fixture
def small(folder: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True)
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.usefixtures("engine")
def test_a_full_disk(bench: Bench, small: Path) -> None:
    (small / "report.json").write_bytes(OLD)
    code, _, err = bench.run(*AUDIT, "-o", "json=small/report.json")
    assert code == 3
    assert err.startswith("small/report.json: a report could not be written (No space left on device)\n")
    assert (small / "report.json").read_bytes() == OLD
    assert [path.name for path in small.iterdir()] == ["report.json"]


@pytest.mark.parametrize("command", [*COMMANDS, ("list", "rules"), ("check", "."), ("--help",)], ids=" ".join)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_full_device(few: Path, command: tuple[str, ...], stream: str) -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("there is no full device here")
    other = "stderr" if stream == "stdout" else "stdout"
    with Path("/dev/full").open("wb") as full:
        process = python("-m", "supportpolicy", *command, cwd=few, **{stream: full, other: subprocess.PIPE})
        out, err = process.communicate(timeout=60)
    said = (out or err or b"").decode()
    assert process.returncode == (3 if stream == "stdout" else 0), said
    if stream == "stdout":
        assert "No space left on device" in said
        assert "Traceback" not in said
        assert "Exception ignored" not in said


def test_a_device_stays_one(bench: Bench, few: Path) -> None:
    """A report to /dev/null does not put a file in its place."""
    os.mkfifo(few / "pipe")
    reading = os.open(few / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    code, _, _ = bench.run(*AUDIT[:-2], "-o", "csv=pipe", "-o", "json=/dev/null", "-o", "text=/dev/null")
    assert code == 0
    assert os.read(reading, 100).startswith(b"ticket,rule,")
    os.close(reading)
    assert (few / "pipe").is_fifo()
    assert Path("/dev/null").is_char_device()


def test_a_link_stays_one(bench: Bench, few: Path) -> None:
    (few / "elsewhere").mkdir()
    (few / "link.json").symlink_to("elsewhere/report.json")
    assert bench.run(*AUDIT, "-o", "json=link.json")[0] == 0
    assert (few / "link.json").is_symlink()
    assert json.loads((few / "elsewhere/report.json").read_bytes())


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("gone/report.json", "cannot write gone/report.json: No such file or directory"),
        ("export.csv/report.json", "cannot write export.csv/report.json: Not a directory"),
        (".", "cannot write .: it is a folder"),
        ("x" * 256, "File name too long"),
        ("loop", "cannot write loop"),
        ("a\0b", "cannot write a\\x00b: embedded null byte"),
        ("./report.json", "two reports go to"),
    ],
)
def test_places_that_cannot_be_written_to(bench: Bench, few: Path, path: str, says: str) -> None:
    """They are told before the first row is read."""
    (few / "loop").symlink_to("loop")
    code, _, err = bench.run(
        "audit", "gone.csv", "--policy", "gone.yaml", "-o", "csv=report.json", "-o", f"json={path}"
    )
    (few / "loop").unlink(missing_ok=True)
    assert code == 2
    assert says in err
    _untouched(few)


def test_a_long_name_is_a_name(bench: Bench, few: Path) -> None:
    for name in ("x" * 255, "ö" * 127, "-", "--", "*", " "):
        assert bench.run(*AUDIT, "-o", f"json={name}", "-o", "csv=other.csv")[0] == 0
        assert name == "-" or json.loads((few / name).read_bytes())


# --- nobody reads -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("both", [False, True], ids=["stdout", "stdout and stderr"])
def test_a_broken_pipe_is_quiet(few: Path, command: tuple[str, ...], both: bool) -> None:
    """As in `| head -1`: the exit code is that of a command that SIGPIPE ended, not that of a violation."""
    reading, writing = os.pipe()
    process = python("-m", "supportpolicy", *command, cwd=few, stdout=writing, stderr=writing if both else -1)
    os.close(writing)
    os.close(reading)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 141
    assert b"Traceback" not in (err or b"")
    assert b"Exception ignored" not in (err or b"")
    assert b"Errno" not in (err or b"")


@pytest.mark.parametrize("closed", ["stdout", "stderr", "both"])
def test_closed_streams(few: Path, closed: str) -> None:
    """As in `>&-`: what would be written there is dropped, and no file gets it instead."""
    shut = {"stdout": ">&-", "stderr": "2>&-", "both": "<&- >&- 2>&-"}[closed]
    line = f'exec "$0" -m supportpolicy "$@" {shut}'
    done = subprocess.run(
        ["sh", "-c", line, sys.executable, *AUDIT, "-o", "json=report.json", "-o", "text"],
        cwd=few,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((few / "report.json").read_bytes())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_terminals_of_small_encodings(few: Path, encoding: str) -> None:
    (few / "export.csv").write_bytes("id,opened,Stra\u00dfe \u732b,answered\n1,2021-03-01T08:00:00Z,\u00df,\n".encode())
    for command in (("new", "mapping", "export.csv"), ("check", "\u732b.yaml"), AUDIT):
        environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
        done = subprocess.run(
            [sys.executable, "-m", "supportpolicy", *command], cwd=few, capture_output=True, env=environment
        )
        assert done.returncode in (0, 2, 3), done.stderr
        assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit is not kept")
def test_little_memory(folder: Path) -> None:
    """What does not fit says so."""
    rows = HEADER + b"".join(b"%d,team,2021-03-01T08:00:00Z,," % n + b"x" * 1_000 + b"\n" for n in range(50_000))
    (folder / "export.csv").write_bytes(rows)

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (120 << 20, 120 << 20))

    process = python(
        *("-m", "supportpolicy", *AUDIT, "--engine", "reference", "-o", "json=report.json"),
        cwd=folder,
        stderr=-1,
        preexec_fn=little,
    )
    ended, said = _ended(process)
    assert ended == 3, said
    assert said == "the memory of this machine is not enough; exit 3\n"
    _untouched(folder)


@pytest.mark.usefixtures("engine")
def test_a_file_that_grows_while_it_is_read(bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read on: what was counted would not be what is judged."""
    from supportpolicy.sources import delimited
    from supportpolicy.sources.survey import survey_all

    survey = survey_all

    def grown(*arguments: object) -> object:
        done = survey(*arguments)  # type: ignore[arg-type]
        with (folder / "export.csv").open("ab") as file:
            file.write(GOOD % 9)
        return done

    monkeypatch.setattr(delimited, "survey_all", grown)
    code, _, err = bench.run(*AUDIT, "-o", "json=report.json")
    assert code == 3
    assert "export.csv: has changed since it was first read" in err
    _untouched(folder)


def test_the_ticket_s_line_is_a_ticket(bench: Bench) -> None:
    """The texts of the other tests are what they seem."""
    assert bench.jsonl(TICKET % 1).code == 0
