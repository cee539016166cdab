# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import cram_md5, exchange, on_wire


def make(work):
    challenge = b"<4711.1700000000@mail.example>"
    answer = cram_md5("alice in wonderland", "Mock-Turtle-Soup-3", challenge)
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("cram-md5", (challenge, answer)), ("c", b"QUIT\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [answer.split()[-1].decode(), *on_wire(answer)]
