# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import apop


def make(work):
    digest = apop("Mock-Turtle-Soup-3", "<77.1700000000@pop.example>")
    lines = [("c", f"APOP alice {digest}\r\n".encode()), ("s", b"+OK 2 messages\r\n"),
             ("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n"), ("c", b"QUIT\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, handshake=False).packets())
    return [digest]
