"""Captures as VCD (IEEE 1364): written through pyvcd, read by a reader of our own that is fast on a million edges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from contract import limits
from vcd import VCDWriter

from thetabox.capture import HIGH_Z, Capture
from thetabox.errors import ThetaboxError

if TYPE_CHECKING:
    from pathlib import Path

_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_VALUES = {HIGH_Z: "z", 0: "0", 1: "1"}


def write(capture: Capture, path: Path) -> None:
    """Write a capture; time in ns.

    Signals have their names of hw/pins.toml, and high impedance, which reads as low, before their first edge.
    """
    ns = 1_000_000_000 // capture.sys_hz
    with (
        path.open("w", encoding="ascii") as file,
        VCDWriter(file, timescale="1 ns", date="", comment="ThetaBox") as out,
    ):
        variables = [out.register_var("thetabox", name, "wire", size=1, init="z") for name in capture.names]
        for tick, pin, level in zip(capture.tick.tolist(), capture.pin.tolist(), capture.level.tolist(), strict=True):
            out.change(variables[pin], tick * ns, _VALUES[level])


def read(path: Path, sys_hz: int = limits.CLOCK_SYS_HZ) -> Capture:
    """Read scalar signals of a VCD of any tool; ThetaboxError when it is not one."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ThetaboxError(f"{path} cannot be read: {error.strerror}", "check the name") from None
    head, found, body = text.partition(b"$enddefinitions")
    scale = re.search(rb"\$timescale\s*(\d+)\s*(s|ms|us|ns|ps)\s*\$end", head)
    if not found or not scale:
        raise ThetaboxError(f"{path.name} is not a VCD file", "give a VCD with $timescale and $enddefinitions")
    names: dict[bytes, str] = {}
    for code, name in re.findall(rb"\$var\s+\w+\s+1\s+(\S+)\s+(\S+)", head):
        names[code] = name.decode()
    order = list(names)
    pin_of = {code: index for index, code in enumerate(order)}
    unit = scale[2].decode()
    ns = int(scale[1]) * _NS[unit] if unit != "ps" else int(scale[1]) / 1000
    times: list[int] = []
    pins: list[int] = []
    levels: list[int] = []
    now = 0
    value = {48: 0, 49: 1}
    for line in body.split(b"\n")[1:]:
        if not line:
            continue
        if line[0] == 35:  # '#'
            now = int(line[1:])
        elif line[0] in b"01xXzZ":
            pin = pin_of.get(line[1:].strip())
            if pin is not None:
                times.append(now)
                pins.append(pin)
                levels.append(value.get(line[0], HIGH_Z))
    tick = np.round(np.array(times, np.float64) * ns * sys_hz / 1e9).astype(np.int64)
    if ns == int(ns):
        tick = np.array(times, np.int64) * int(ns) * (sys_hz // 1_000_000) // 1000
    return Capture(
        tuple(names[code] for code in order), tick, np.array(pins, np.uint8), np.array(levels, np.uint8), sys_hz
    )
