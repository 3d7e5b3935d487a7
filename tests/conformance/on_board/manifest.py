# What is frozen into the conformance image.
freeze("$(BOARD_DIR)", "_boot.py")
freeze(".", ("bench.py", "main.py"))
for topic in ("pins", "side", "jumps", "waits", "shifts", "fifos", "dividers", "several", "dma", "irqs", "chip"):
    freeze(".", "cases_" + topic + ".py")
module("rp2.py", base_path="$(PORT_DIR)/modules", opt=3)
