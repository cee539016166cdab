# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import cram_md5, exchange, on_wire


def make(work):
    challenge = b"<4711.1700000000@mail.example>"
    answer = cram_md5("alice", "Mock-Turtle-Soup-3", challenge)
    token = b"user=alice\1auth=Bearer Cheshire-Cat-9\1\1"
    lines = [("s", b"+OK POP3 ready\r\n"), *exchange("SCRAM-SHA-256", reply="-ERR Unknown mechanism"),
             *exchange("CRAM-MD5", (challenge, answer), reply="-ERR no"),
             *exchange("XOAUTH2", (b'{"status":"400"}', None), initial=token, reply="-ERR no"),
             ("c", b"USER alice\r\n"), ("s", b"+OK\r\n"), ("c", b"PASS Mock-Turtle-Soup-3\r\n"), ("s", b"+OK\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
    return [answer.split()[-1].decode(), *on_wire(answer, token)]
