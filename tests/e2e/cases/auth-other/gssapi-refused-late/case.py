# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap
from sasl import exchange, on_wire


def make(work):
    ticket = b"\x60\x82\x01\x00" + bytes(range(7, 250))
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("GSSAPI", initial=ticket, reply="-ERR [AUTH] no"),
             *login("bob", "Rabbit-Hole-7")[1:]]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return on_wire(ticket)
