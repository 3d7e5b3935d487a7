"""Contract and kernel on a real MicroPython interpreter, built from the sources that are in the firmware."""

import ast
import functools
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from contract import messages
from thetabox.protocol import compile_protocol, library, load, profile

ROOT = Path(__file__).parents[2]
INTERPRETER = ROOT / "build" / "micropython-unix" / "micropython"
PATH = f"{ROOT}/firmware:{ROOT}/tests/shared:{ROOT}/tests/micropython:.frozen"


def micropython(*arguments, path=PATH):
    if not INTERPRETER.exists():
        pytest.fail("no MicroPython interpreter: run `make micropython`")
    return subprocess.run(
        [str(INTERPRETER), *arguments], env={"MICROPYPATH": path}, capture_output=True, timeout=300, check=False
    )


@functools.cache
def results(module):
    """What the runner says of a module: case to its line and, when it failed, the traceback; '' the whole output."""
    done = micropython(str(ROOT / "tests/micropython/runner.py"), module)
    output = done.stdout.decode() + done.stderr.decode()
    said = {"": output}
    case = ""
    for line in output.splitlines():
        word, _, rest = line.partition(f" {module} ")
        if word in ("passed", "failed") and rest:
            case = rest.split()[0]
            said[case] = line
        elif case:
            said[case] += "\n" + line
    return said


def shared_cases():
    """Every test function of every module of shared cases, read from the text: the module need not run here."""
    for path in sorted((ROOT / "tests/shared").glob("cases_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield pytest.param(path.stem, node.name, id=f"{path.stem}-{node.name}")


@pytest.mark.parametrize(("module", "case"), list(shared_cases()))
def test_shared_case(module, case):
    said = results(module)
    assert said.get(case, said[""]).startswith("passed "), said.get(case, said[""])


def test_the_runner_tells_a_failure_and_goes_on(tmp_path):
    (tmp_path / "cases_made.py").write_text(
        "def test_a():\n    pass\ndef test_b():\n    assert 1 == 2, 'told'\ndef test_c():\n    pass\n"
    )
    done = micropython(str(ROOT / "tests/micropython/runner.py"), "cases_made", path=str(tmp_path))
    lines = [line for line in done.stdout.decode().splitlines() if "cases_made test" in line]
    assert [line.split()[:3] for line in lines] == [
        ["passed", "cases_made", "test_a"],
        ["failed", "cases_made", "test_b"],
        ["passed", "cases_made", "test_c"],
    ]
    assert "told" in lines[1] and done.returncode == 1


def test_both_interpreters_have_the_same_table(tmp_path):
    """IDENTIFY compares the hash that the board works out with the host's."""
    (tmp_path / "hash.py").write_text("from contract import messages\nprint(messages.TABLE_HASH)\n")
    assert int(micropython(str(tmp_path / "hash.py")).stdout) == messages.TABLE_HASH


EXPAND = """
import sys
from contract import protocol
from kernel import expand
image = open(sys.argv[1], "rb").read()
decoded = protocol.decode(image)
protocol.check(decoded)
expansion = expand.Expansion(decoded)
out = open(sys.argv[2], "wb")
for piece in expansion.pieces():
    out.write(piece)
out.close()
print(expansion.lead_ticks, expansion.pulses, expansion.duration_ticks)
"""


DEVICES = ("bank", "ttl")
ON_DEVICES = [(name, device) for name in library() for device in DEVICES if load(name).profile in (None, device)]


@pytest.mark.parametrize(("name", "device"), ON_DEVICES)
def test_library_expands_to_the_same_schedule(name, device, tmp_path):
    """The firmware's expansion on MicroPython, the host's compiler and the oracle agree on every pulse."""
    import oracle
    from words import pulses

    compiled = compile_protocol(load(name), profile(device))
    (tmp_path / "image").write_bytes(compiled.image)
    (tmp_path / "expand.py").write_text(EXPAND)
    done = micropython(str(tmp_path / "expand.py"), str(tmp_path / "image"), str(tmp_path / "words"))
    assert done.returncode == 0, done.stderr.decode()
    lead, count, duration = (int(word) for word in done.stdout.split())
    words = (tmp_path / "words").read_bytes()
    rises, falls = pulses([word for (word,) in struct.iter_unpack("<I", words)], lead)
    expected = oracle.onsets([(p.count, p.interval_s) for p in compiled.spec.patterns])
    assert rises == expected
    assert np.array_equal(compiled.onset_ticks, expected)
    assert [fall - rise for rise, fall in zip(rises, falls, strict=True)] == [compiled.width_ticks] * count
    assert duration == expected[-1]


def test_the_boards_raw_equals_the_contracts(tmp_path):
    """device/raw.py, which the board uses, against contract/raw.py."""
    script = tmp_path / "compare.py"
    script.write_text(
        "from cases_contract import noise\n"
        "from binascii import crc32\n"
        "from contract import raw as plain\n"
        "import raw as fast\n"
        "for n in range(520):\n"
        "    data = noise(n, n + 5)\n"
        "    a, b = bytearray(600), bytearray(600)\n"
        "    size = plain.encode_into(data, n, a, 0)\n"
        "    assert fast.encode_into(data, n, b, 0) == size and a == b\n"
        "    assert fast.decode_in_place(b, size) == plain.decode_in_place(a, size) == n and a == b\n"
        "    c, d = bytearray(data), bytearray(data)\n"
        "    assert fast.decode_in_place(c, n) == plain.decode_in_place(d, n)\n"
        "    a, b = bytearray(data) + bytes(4), bytearray(data) + bytes(4)\n"
        "    plain.seal(crc32, a, n)\n"
        "    fast.seal(None, b, n)\n"
        "    assert a == b and fast.holds(None, b, n) and plain.holds(crc32, b, n)\n"
        "    for bit in range(8 * n, 8 * n + 32):\n"
        "        b[bit // 8] ^= 1 << bit % 8\n"
        "        assert not fast.holds(None, b, n)\n"
        "        b[bit // 8] ^= 1 << bit % 8\n"
        "    c, d = bytearray(600), bytearray(600)\n"
        "    plain.copy(data, n // 3, n, c, 7)\n"
        "    fast.copy(data, n // 3, n, d, 7)\n"
        "    assert c == d\n"
        "for number in (0, 77, 0x3FFFFFFF, 0x40000000, 0xFFFFFFFF):\n"
        "    assert fast.word(b'x' + number.to_bytes(4, 'little'), 1) == min(number, 0x3FFFFFFF)\n"
        "print('same')\n"
    )
    done = subprocess.run(
        [str(INTERPRETER), str(script)],
        env={"MICROPYPATH": PATH + f":{ROOT}/firmware/device"}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == b"same\n", done.stderr.decode()
