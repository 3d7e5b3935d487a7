"""The release that firmware and host belong to: written here alone, packaged by pyproject.toml, told in IDENTIFY."""

VERSION = "0.1.0"  # at most 12 characters: the field of IDENTIFY
