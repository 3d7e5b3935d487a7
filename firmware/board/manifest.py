# What is frozen into the image. Nothing of micropython-lib.
freeze("$(BOARD_DIR)", "_boot.py")
freeze("$(BOARD_DIR)/..", "main.py")
package("contract", base_path="$(BOARD_DIR)/..", opt=0)
package("kernel", base_path="$(BOARD_DIR)/..", opt=0)
package("device", base_path="$(BOARD_DIR)/..", opt=0)
module("rp2.py", base_path="$(PORT_DIR)/modules", opt=3)
