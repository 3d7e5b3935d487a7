"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): a frame without zero bytes, so that 0 ends a frame.

Works on buffers that the caller keeps, because the device allocates nothing while armed.
"""


def max_encoded(length):
    """Largest encoded size of `length` bytes, without the closing zero."""
    return length + length // 254 + 1


def encode_into(source, length, target, offset=0):
    """Encode `source[:length]` into `target` from `offset`; return the end index (no closing zero is written)."""
    code_at = offset
    out = offset + 1
    code = 1
    for index in range(length):
        byte = source[index]
        if byte:
            target[out] = byte
            out += 1
            code += 1
            if code == 0xFF:
                target[code_at] = code
                code_at = out
                out += 1
                code = 1
        else:
            target[code_at] = code
            code_at = out
            out += 1
            code = 1
    target[code_at] = code
    return out


def decode_in_place(buffer, length):
    """Decode `buffer[:length]` over itself; return the decoded length, or -1 when it is not COBS."""
    index = 0
    out = 0
    while index < length:
        code = buffer[index]
        index += 1
        if code == 0 or index + code - 1 > length:
            return -1
        for _ in range(code - 1):
            byte = buffer[index]
            if byte == 0:
                return -1
            buffer[out] = byte
            out += 1
            index += 1
        if code != 0xFF and index < length:
            buffer[out] = 0
            out += 1
    return out
