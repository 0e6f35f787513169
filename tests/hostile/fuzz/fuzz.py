"""Fuzzes one reader with atheris, by hand; atheris is not among the requirements of the tests.

    pip install atheris
    python tests/hostile/fuzz/fuzz.py policy -max_total_time=180

The first argument is a target of `fuzz_targets.py`, all others are libFuzzer's. The corpus begins with the documents and
examples of this repository, and grows in a folder of its own under the temporary one. What fails is written as
`crash-...` where the fuzzer runs, and is repeated by giving that file's name.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["supportpolicy"]):
    from fuzz_targets import TARGETS

INSTANTS = (
    "2021-03-01T08:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31 23:59:59.999999999-1400",
    "D/M/YYYY hh:mm|1/2/2021 08:00",
    "YYYY-MM-DDThh:mm:ss.fZ|2021-03-01T08:00:00.1Z",
    "epoch-seconds|-1",
    "10 business days",
)


def seeds(target: str, folder: Path) -> None:
    """The documents of this repository, cut to what a fuzzer can chew."""
    texts = [text.encode() for text in INSTANTS]
    if target in ("yaml", "mapping", "policy"):
        texts = [path.read_bytes()[:20_000] for path in ROOT.glob("**/*.yaml") if "fuzz" not in path.parts]
    elif target in ("csv", "utf16", "jsonl"):
        texts = [b'1,"a""b\nc"\r\n2,b\n"', b'{"id": "1", "events": {"complete": true, "items": [1.10, -0, null]}}']
    for number, text in enumerate(texts):
        (folder / f"seed-{number}").write_bytes(text)


def main() -> None:
    target = sys.argv.pop(1)
    corpus = Path(tempfile.gettempdir()) / f"supportpolicy-corpus-{target}"
    corpus.mkdir(exist_ok=True)
    seeds(target, corpus)
    atheris.Setup([*sys.argv, str(corpus)], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
