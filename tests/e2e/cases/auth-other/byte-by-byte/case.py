# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import cram_md5, exchange, on_wire


def make(work):
    challenge = b"<4711.1700000000@mail.example>"
    answer = cram_md5("alice", "Mock-Turtle-Soup-3", challenge)
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("CRAM-MD5", (challenge, answer)), ("c", b"QUIT\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, mss=1).packets())
    return [answer.split()[-1].decode(), *on_wire(answer)]
