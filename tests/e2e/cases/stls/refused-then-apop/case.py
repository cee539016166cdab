# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import apop


def make(work):
    digest = apop("Mock-Turtle-Soup-3", "<77.1700000000@pop.example>")
    lines = [("s", b"+OK <77.1700000000@pop.example>\r\n"), ("c", b"STLS\r\n"), ("s", b"-ERR no\r\n"),
             ("c", f"APOP alice {digest}\r\n".encode()), ("s", b"+OK\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [digest]
