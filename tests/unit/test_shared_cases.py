"""The shared cases on CPython."""

from pathlib import Path

import pytest
from shared_cases import cases


@pytest.mark.parametrize("case", cases(Path(__file__).parents[1] / "shared"), ids=lambda case: case.__name__)
def test_case(case):
    case()
