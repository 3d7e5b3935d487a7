# What is frozen into the conformance image.
freeze("$(BOARD_DIR)", "_boot.py")
freeze(".", ("bench.py", "cases.py", "main.py"))
module("rp2.py", base_path="$(PORT_DIR)/modules", opt=3)
