"""The board's hardware: the only place that names `machine` or `rp2`."""
