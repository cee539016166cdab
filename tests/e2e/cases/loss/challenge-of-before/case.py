# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import cram_md5, exchange, on_wire


def make(work):
    first, second = b"<1.1700000000@mail.example>", b"<2.1700000000@mail.example>"
    answers = [cram_md5("alice", "Mock-Turtle-Soup-3", challenge) for challenge in (first, second)]
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("CRAM-MD5", (first, answers[0]), reply="-ERR no"),
             *exchange("CRAM-MD5", (second, answers[1]))]
    talk = Talk(lines).drop(on_wire(second)[0].encode())
    write_pcap(work / "input.pcap", talk.packets())
    return [answer.split()[-1].decode() for answer in answers] + on_wire(*answers)
