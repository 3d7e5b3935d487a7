"""The quick tests of a mutated MODULE, cheapest first; fails at the first that does. Run by tools/mutate.py."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
UNIT = {  # besides, for a module
    "contract/frame": ["test_contract_frame.py"],
    "contract/cobs": ["test_contract_frame.py"],
    "contract/protocol": ["test_contract_protocol.py", "test_expansion.py"],
}
HANGS_S = 4  # the shared cases take a tenth of it


def shared():
    """Every shared case, in this process."""
    sys.path[:0] = [str(ROOT / "firmware"), str(ROOT / "tests")]
    from shared_cases import cases

    for case in cases(ROOT / "tests" / "shared"):
        case()


def main():
    """Raises what a shared case raises."""
    signal.alarm(HANGS_S)
    shared()
    signal.alarm(0)
    sys.path.append(str(ROOT / "tools"))
    from gen import limits_module

    if limits_module() != (ROOT / "firmware" / "contract" / "limits.py").read_text():
        return 1
    tests = [str(ROOT / "tests" / "unit" / name) for name in UNIT.get(sys.argv[1], ())]
    quick = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
    return subprocess.run([sys.executable, "-m", "pytest", *quick, *tests], cwd=ROOT).returncode if tests else 0


if __name__ == "__main__":
    sys.exit(main())
