"""How the board tells what it did: records, each a byte for its kind and then what its form says."""

REQUEST = 1  # two of WHOLE, before and after; ANSWERED; the payload; the answer as it stood on the wire
TICK = 2  # two of WHOLE: something has changed by itself
START = 3  # a train begins
BOOT = 4  # nothing else: the board starts, a reset lies behind it
ERROR = 5  # length u16, text: an exception that nobody expected

WHOLE = "<BHHBBIHB"  # state, fault, following, pausing, loaded, image's CRC, session's number, whether a train runs
ANSWERED = "<BBHHH"  # type, sequence, session, length of the payload and of the answer
