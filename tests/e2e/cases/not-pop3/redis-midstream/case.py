# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("c", b"AUTH Rabbit-Hole-7\r\n"), ("s", b"+OK\r\n"), ("c", b"SET key value\r\n"), ("s", b"+OK\r\n"),
             ("c", b"PING\r\n"), ("s", b"+PONG\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, handshake=False).packets())
