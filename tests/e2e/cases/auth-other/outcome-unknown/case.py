# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, merge, write_pcap
from sasl import cram_md5, exchange, on_wire


def make(work):
    challenge = b"<4711.1700000000@mail.example>"
    answer = cram_md5("alice", "Mock-Turtle-Soup-3", challenge)
    token = b"user=bob\1auth=Bearer Cheshire-Cat-9\1\1"
    first = Talk([("s", b"+OK POP3 ready\r\n"), *exchange("CRAM-MD5", (challenge, answer))[:-1]])
    second = Talk([("s", b"+OK POP3 ready\r\n"),
    *exchange("XOAUTH2", initial=token)[:-1]], client=("192.0.2.10", 49153), start=5, close="rst")
    write_pcap(work / "input.pcap", merge(first.packets(), second.packets()))
    return [answer.split()[-1].decode(), *on_wire(answer, token)]
