# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"),
             ("c", b"".join(b"USER hare-%d\r\nPASS March-Hare-%d!\r\n" % (n, n) for n in range(20))),
             ("s", b"".join(b"+OK\r\n-ERR no, %d\r\n" % n for n in range(20))), *login("alice", "Rabbit-Hole-7")[1:]]
    write_pcap(work / "input.pcap", Talk(lines).packets())
