"""The protocols that come with ThetaBox, and those of the user's files."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from .parse import parse
from .spec import Spec
from .toml import ProtocolError, read


def library() -> dict[str, Path]:
    """Name to file of the protocols that come with ThetaBox."""
    folder = Path(str(resources.files(__package__) / "library"))
    return {read(path).get("name", str): path for path in sorted(folder.glob("*.toml"))}


def load(name: str | Path) -> Spec:
    """A protocol of the library by its name (case does not matter), or of a file by its path. Raises ProtocolError."""
    known = library()
    path = {key.lower(): file for key, file in known.items()}.get(str(name).lower(), Path(name))
    if not path.exists() and path.suffix != ".toml":
        raise ProtocolError(f"no protocol {str(name)!r}", f"choose one of {', '.join(known)}, or give a .toml file")
    return parse(read(path))
