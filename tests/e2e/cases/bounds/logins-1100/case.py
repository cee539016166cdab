# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n")]
    for n in range(1100):
        lines += [("c", b"USER alice\r\n"), ("s", b"+OK\r\n"), ("c", b"PASS March-Hare-%04d\r\n" % n),
                  ("s", b"-ERR no\r\n")]
    lines += login("alice", "Rabbit-Hole-7")[1:]
    write_pcap(work / "input.pcap", Talk(lines).packets())
