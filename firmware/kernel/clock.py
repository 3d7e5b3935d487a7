"""Milliseconds that wrap, as MicroPython's `ticks_ms` counts them (2**30)."""

WRAP = 1 << 30
_MASK = WRAP - 1  # below 2**30: needs no allocation


def since(now_ms, then_ms):
    """Milliseconds from `then_ms` to `now_ms`; right for spans below 2**30 ms (12 days)."""
    return (now_ms - then_ms) & _MASK
