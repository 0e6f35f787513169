"""Policies and mappings that are out to harm: refused at the price of their size, and nothing outside their root is read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hostile_bench import GOOD, HEADER, MAPPING, POLICY, Bench

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
BOMBS = {
    "a billion laughs": (LAUGHS, "more than"),
    "a quadratic one": ("a: &a " + "x" * 100_000 + "\nb: [" + ", ".join(["*a"] * 100_000) + "]\n", "more than 64 aliases"),
    "an alias of itself": ("a: &a [*a]\n", "stands inside the value that it repeats"),
    "deep lists": ("a: " + "[" * 100_000, "more than 64 levels inside one another"),
    "deep blocks": ("".join(" " * n + "a:\n" for n in range(1_000)), "more than 64 levels inside one another"),
    "deep dashes": ("- " * 100_000 + "a", "more than 64 levels inside one another"),
    "too long": ("a: " + "x" * (1 << 20), "bytes long; expected at most 1,048,576 bytes (1 MiB)"),
    "many keys": ("".join(f"a{n}: b\n" for n in range(3_000)), "unknown key"),
    "merge keys": ("a: &a {b: c}\nd: {<<: *a}\n", "the merge key '<<' is not allowed"),
    "a tag that would run code": ("a: !!python/object/apply:os.system ['exit 9']\n", "the tag"),
    "a long number": ("supportpolicy: " + "9" * 100_000 + "\n", "found '9999"),
    "a number with many digits": ("supportpolicy: 0x" + "f" * 100_000 + "\n", "found '0xff"),
    "an escape that is no character": ('a: "\\UFFFFFFFF"\n', "an escape in double quotes"),
    "open quotes": ('a: "' + "x\n" * 100_000, "the quote that opens here is never closed"),
    "many mistakes": ("".join(f"a{n}: !x\n" for n in range(10_000)), "the tag '!x' is not allowed"),
    "terminal escapes in a key": ('"\\e[31m\\u202E": a\n', "unknown key '\\x1b[31m\\u202e'"),
    "an escape as it is": ("a: \x1b[31m\n", "the invisible character U+001B stands here"),
}  # fmt: skip
BYTES = {
    "Latin-1": ("title: caf\xe9\n".encode("latin-1"), "byte 0xe9 at offset 10 is not UTF-8"),
    "UTF-16": (POLICY.encode("utf-16"), "the file looks like UTF-16; save it as UTF-8"),
    "NUL": (b"a: \0\n", "the invisible character U+0000 stands here"),
    "gzip": (b"\x1f\x8b\x08\0", "is not UTF-8"),
    "nothing": (b"", "the file is empty"),
    "half a character": (b"a: \xed\xa0\x80\n", "is not UTF-8"),
}


@pytest.mark.parametrize(("text", "says"), [*BOMBS.values(), *BYTES.values()], ids=[*BOMBS, *BYTES])
@pytest.mark.parametrize("document", ["policy.yaml", "mapping.yaml", "tests.yaml"])
def test_a_bomb_is_refused_at_once(bench: Bench, text: str | bytes, says: str, document: str) -> None:
    bench.write("export.csv", HEADER + GOOD % 1)
    headed = {
        "policy.yaml": "supportpolicy: 1\n",
        "mapping.yaml": "supportpolicy-mapping: 1\n",
        "tests.yaml": "supportpolicy-tests: 1\n",
    }
    if isinstance(text, str):
        head = headed[document]
        fits = not text.startswith(("supportpolicy:", "-"))
        text = (head + text if fits else text.replace("supportpolicy:", head.removesuffix(" 1\n"))).encode()
    bench.write(document, text)
    started = time.process_time()
    commands: list[tuple[str, ...]] = [("check", document)]
    if document == "tests.yaml":
        commands += [("test", document)]
    else:
        commands += [("audit", "export.csv", "--policy", "policy.yaml", "--mapping", "mapping.yaml")]
    for command in commands:
        code, _, err = bench.run(*command)
        assert code == 2
        assert says in err or (document == "tests.yaml" and "supportpolicy-tests" in err) or says == "unknown key"
    assert time.process_time() - started < 5


@pytest.mark.parametrize("kind", ["terms", "gates"])
def test_what_stands_on_one_another_without_end(bench: Bench, kind: str) -> None:
    """Terms that double from step to step, and gates in a long row."""
    if kind == "terms":
        terms = "".join(f"  t{n}: {{any: [t{n + 1}, {{not: t{n + 1}}}]}}\n" for n in range(500))
        policy = POLICY.replace("clauses:", f"terms:\n{terms}  t500: {{edition: team}}\nclauses:").replace(
            "{edition: team}}\n  fast", "t0}\n  fast"
        )
    else:
        gates = "".join(
            f"  g{n}: {{kind: eligibility, clause: paid, require: {{edition: team}}, needs: [g{n + 1}]}}\n"
            for n in range(2_000)
        )
        policy = POLICY + gates + "  g2000: {kind: eligibility, clause: paid, require: {edition: team}}\n"
    bench.write("policy.yaml", policy)
    started = time.process_time()
    code, _, err = bench.run("check", "policy.yaml")
    assert code == 2
    assert "expected" in err
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "zone",
    [
        "../../../etc/passwd",
        "/etc/localtime",
        "",
        "\0",
        "UTC/../UTC",
        "x" * 10_000,
        "con",
        ".",
        "posixrules",
        "zone.tab",
    ],
)
def test_a_time_zone_is_no_path(bench: Bench, zone: str) -> None:
    import json

    bench.write("export.csv", HEADER + GOOD % 1)
    found = bench.audit("export.csv", mapping=MAPPING.replace("fields:", f"timezone: {json.dumps(zone)}\nfields:"))
    assert found.code == 2
    assert "mapping.yaml:3:" in found.err
    assert "root:" not in found.err


# --- links ------------------------------------------------------------------------------------------------------------
OUTSIDE = "this is a link to a file outside the root of the policies"


@pytest.fixture
def secret(bench: Bench) -> Path:
    """A policy in a folder beside the one that is audited with."""
    (bench.folder / "repository" / "policies").mkdir(parents=True)
    bench.write("secret/policy.yaml", POLICY)
    bench.write("export.csv", HEADER + GOOD % 1)
    return bench.folder / "secret" / "policy.yaml"


AUDIT = ("audit", "export.csv", "--mapping", "mapping.yaml", "-o", "json=report.json", "--policy")


@pytest.mark.parametrize("command", [AUDIT, ("check",), ("new", "test")], ids=lambda words: words[0])
@pytest.mark.parametrize("named", ["repository/policies", "repository/policies/link.yaml"], ids=["folder", "file"])
def test_a_link_out_of_the_root_is_refused(bench: Bench, secret: Path, named: str, command: tuple[str, ...]) -> None:
    (bench.folder / "repository/policies/link.yaml").symlink_to(
        os.path.relpath(secret, bench.folder / "repository/policies")
    )
    code, out, err = bench.run(*command, named)
    assert (code, out) == (2, "")
    assert f"repository/policies/link.yaml: {OUTSIDE}" in err
    assert "name the file itself, or copy it; the root is the nearest folder above that holds supportpolicy.toml" in err


@pytest.mark.parametrize(
    "mark", [("supportpolicy.toml", ""), ("pyproject.toml", "[tool.supportpolicy]\n")], ids=lambda m: m[0]
)
def test_a_link_within_the_root_is_followed(bench: Bench, secret: Path, mark: tuple[str, str]) -> None:
    (bench.folder / "repository/policies/link.yaml").symlink_to(secret)
    bench.write(*mark)
    code, _, err = bench.run(*AUDIT, "repository/policies")
    assert code == 0, err
    bench.write(f"repository/{mark[0]}", mark[1])
    assert bench.run(*AUDIT, "repository/policies")[0] == 2


def test_links_are_resolved_first(bench: Bench, secret: Path) -> None:
    """A folder is where it is, however one came to it; a chain of links ends where its last one does."""
    (bench.folder / "repository/elsewhere").symlink_to(secret.parent)
    assert bench.run(*AUDIT, "repository/elsewhere")[0] == 0
    (bench.folder / "repository/policies/one.yaml").symlink_to("two.yaml")
    (bench.folder / "repository/policies/two.yaml").symlink_to(secret)
    assert OUTSIDE in bench.run(*AUDIT, "repository/policies/one.yaml")[2]
    (bench.folder / "repository/policies/two.yaml").unlink()
    bench.write("repository/policies/two.yaml", POLICY)
    assert bench.run(*AUDIT, "repository/policies/one.yaml")[0] == 0


def test_nothing_of_the_other_file_is_shown(bench: Bench, secret: Path) -> None:
    """Not even as the text at fault."""
    secret.write_text("root:x:0:0:secret\n")
    (bench.folder / "repository/policies/policy.yaml").symlink_to(secret)
    for command in (AUDIT, ("check",), ("test",)):
        for named in ("repository/policies", "repository/policies/policy.yaml"):
            code, out, err = bench.run(*command, named)
            assert code == 2
            assert "secret\n" not in out + err
            assert "x:0" not in out + err


@pytest.mark.parametrize(
    ("target", "says"),
    [("gone.yaml", "there is no such file"), ("link.yaml", ""), ("/dev/zero", "is longer")],
)
def test_links_that_lead_nowhere(bench: Bench, target: str, says: str) -> None:
    (bench.folder / "link.yaml").symlink_to(target)
    bench.write("export.csv", HEADER + GOOD % 1)
    code, _, err = bench.run(*AUDIT, "link.yaml")
    assert code == 2
    assert says in err


def test_a_pipe_is_read(bench: Bench) -> None:
    """As the shell writes it: --policy <(...)."""
    bench.write("export.csv", HEADER + GOOD % 1)
    reading, writing = os.pipe()
    os.write(writing, POLICY.encode())
    os.close(writing)
    assert bench.run(*AUDIT, f"/dev/fd/{reading}")[0] == 0
    os.close(reading)
