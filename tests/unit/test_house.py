"""The house's own rules that no other test holds."""


def test_flash_map_does_not_overlap():
    from contract import limits

    regions = sorted([
        (0, limits.FLASH_IMAGE_MAX),
        (limits.FLASH_SCHEDULE_AT, limits.FLASH_SCHEDULE_BYTES),
        (limits.FLASH_PROTOCOL_AT, limits.FLASH_PROTOCOL_BYTES),
        (limits.FLASH_BOOTS_AT, limits.FLASH_BOOTS_BYTES),
    ])  # fmt: skip
    for (at, size), (following, _) in zip(regions, [*regions[1:], (limits.FLASH_SIZE, 0)], strict=True):
        assert at % limits.FLASH_SECTOR == 0 and at + size <= following
