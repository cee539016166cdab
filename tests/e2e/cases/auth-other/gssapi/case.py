# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import exchange, on_wire


def make(work):
    ticket, more = b"\x60\x82\x01\x00" + bytes(range(7, 250)), b"\x05\x04\x05\xff" + b"\x21" * 28
    inner = b"\r\nUSER mallory\r\nPASS Cheshire-Cat-9\r\n"
    lines = [("s", b"+OK POP3 ready\r\n"),
             *exchange("GSSAPI", (b"\x60\x66" + b"\x17" * 100, None),
             (b"\5\4\1\xff\0\x0c\0\0" + b"\x44" * 24, more), initial=ticket),
             ("c", len(inner).to_bytes(4, "big") + inner), ("s", b"\0\0\0\x16\r\n+OK\r\n+OK Logged in")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return ["Cheshire-Cat-9", *on_wire(ticket, more)]
