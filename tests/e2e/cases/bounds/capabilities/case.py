# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"CAPA\r\n"),
             ("s", b"+OK\r\n" + b"".join(b"X-TWINKLE-%d\r\n" % n for n in range(400)) + b"STLS\r\n.\r\n"),
             *login("alice", "Rabbit-Hole-7")[1:]]
    write_pcap(work / "input.pcap", Talk(lines).packets())
