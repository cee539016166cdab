# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import exchange, on_wire


def make(work):
    ticket = b"\x60\x82\x01\x00" + bytes(range(7, 250))
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("GSSAPI", (None, ticket),
             (b"\5\4\1\xff\1\0\0\0", b"\5\4\1\xff\1\0\0\0")),
             ("c", b"STAT\r\n"), ("s", b"+OK 1 30\r\n"), ("c", b"RETR 1\r\n"), ("s", b"+OK\r\nUSER mallory\r\n.\r\n"),
             ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return on_wire(ticket)
