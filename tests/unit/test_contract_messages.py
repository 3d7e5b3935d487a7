"""The message table: what travels is what was meant, for any values; any change of the table changes its hash."""

import struct
import zlib

import pytest
from contract import frame, limits, messages, records
from hypothesis import given, settings
from hypothesis import strategies as st

QUICK = settings(max_examples=50, derandomize=True, deadline=None, database=None)
PARTS = [
    pytest.param(code, fields, id=f"{name}-{part}")
    for code, name, *both in messages.TABLE
    for part, fields in zip(("request", "reply"), both, strict=True)
]


def values(fields, room=limits.LINK_PAYLOAD_MAX):
    """Any values that the fields can hold."""
    strategies = {}
    for name, code in fields:
        if code == "bytes":
            strategies[name] = st.binary(max_size=room)
        elif code.endswith("s"):
            size = int(code[:-1])
            strategies[name] = st.binary(min_size=size, max_size=size)
        else:
            bits = 8 * struct.calcsize("<" + code)
            low, high = (0, 2**bits - 1) if code.isupper() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
            strategies[name] = st.integers(low, high)
    return st.fixed_dictionaries(strategies)


def fixed_size(fields):
    return sum(struct.calcsize("<" + code) for _, code in fields if code != "bytes")


def table_hash(table):
    """The hash, worked out beside the contract's."""
    text = ""
    for code, name, request, reply in table:
        text += f"{code} {name}" + "".join(f" {field}:{kind}" for field, kind in request) + ";"
        text += "".join(f" {field}:{kind}" for field, kind in reply) + ";"
    return zlib.crc32(text.encode("ascii"))


@pytest.mark.parametrize(("code", "fields"), PARTS)
def test_any_values_come_back(code, fields):
    @QUICK
    @given(values(fields))
    def holds(given_values):
        assert messages.unpack(fields, memoryview(messages.pack(fields, given_values))) == given_values

    holds()


@pytest.mark.parametrize(("code", "fields"), PARTS)
def test_fields_follow_each_other_little_endian_without_gaps(code, fields):
    """One byte of a field set at a time; the packed bytes differ in that one place."""
    zero = {name: b"" if kind == "bytes" else bytes(int(kind[:-1])) if kind[-1] == "s" else 0 for name, kind in fields}
    offset = 0
    assert messages.pack(fields, zero) == bytes(fixed_size(fields))
    for name, kind in fields:
        one = b"\x01" if kind == "bytes" else b"\x01" + zero[name][1:] if kind[-1] == "s" else 1
        packed = messages.pack(fields, zero | {name: one})
        assert [index for index, byte in enumerate(packed) if byte] == [offset]
        offset += 0 if kind == "bytes" else struct.calcsize("<" + kind)


@pytest.mark.parametrize(("code", "fields"), PARTS)
def test_rows_are_well_formed(code, fields):
    names = [name for name, _ in fields]
    kinds = [kind for _, kind in fields]
    assert len(set(names)) == len(names)
    assert "bytes" not in kinds[:-1], "only a last field takes the rest"
    assert all(kind == "bytes" or kind in "BHIQbhiq" or kind[:-1].isdigit() for kind in kinds)
    assert fixed_size(fields) <= limits.LINK_PAYLOAD_MAX
    fixed, open_ended = messages.layout(fields)
    assert (messages.size(fixed), open_ended) == (fixed_size(fields), kinds[-1:] == ["bytes"])


def test_codes_leave_room_for_replies_and_refusals():
    codes = [row[0] for row in messages.TABLE]
    names = [row[1] for row in messages.TABLE]
    assert len(set(codes)) == len(codes) == len(set(names))
    assert all(0 < code < frame.REFUSAL for code in codes)
    assert all(getattr(messages, name) == code for code, name, *_ in messages.TABLE)
    assert [messages.row(code)[0] for code in codes] == codes


def test_a_host_with_another_table_may_identify_abort_and_read_the_log():
    assert set(messages.READ_ONLY) == {messages.IDENTIFY, messages.ABORT, messages.LOG}


def test_flags_and_states_are_told_apart():
    flags = [value for name, value in vars(messages).items() if name.startswith("FLAG_")]
    assert len(set(flags)) == len(flags)
    assert all(flag.bit_count() == 1 and flag < 2**16 for flag in flags)
    for names in (messages.STATE_NAMES, messages.RESET_NAMES):
        assert len(set(names)) == len(names)
    assert messages.STATE_NAMES[messages.SAFE] == "safe" and messages.STATE_NAMES[messages.FAULT] == "fault"
    assert [getattr(messages, name.upper()) for name in messages.STATE_NAMES] == list(range(len(messages.STATE_NAMES)))


def test_the_hash_is_over_every_code_name_and_field():
    assert table_hash(messages.TABLE) == messages.TABLE_HASH
    seen = {messages.TABLE_HASH}
    for at, (code, name, request, reply) in enumerate(messages.TABLE):
        others = [(code + 1, name, request, reply), (code, name + "_", request, reply)]
        others += [(code, name, reply, request)] if request != reply else []
        others += [(code, name, (*request, ("more", "B")), reply), (code, name, request, (*reply, ("more", "B")))]
        for other in others:
            changed = table_hash((*messages.TABLE[:at], other, *messages.TABLE[at + 1 :]))
            assert changed not in seen
            seen.add(changed)


def test_records_of_the_log_have_names_and_a_fixed_size():
    assert struct.calcsize(records.ENTRY) == records.ENTRY_BYTES
    events = {name: value for name, value in vars(records).items() if name.isupper() and isinstance(value, int)}
    assert struct.calcsize(records.FAULT_ENTRY) == records.FAULT_BYTES
    del events["ENTRY_BYTES"], events["FAULT_BYTES"]
    assert {name: number for number, (name, _) in records.EVENTS.items()} == {
        name.lower(): number for name, number in events.items()
    }
