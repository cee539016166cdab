# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("c", b"USER alice\r\n"), ("s", b"331 Password required\r\n"),
             ("c", b"PASS Rabbit-Hole-7\r\n"), ("s", b"230 Logged in\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, handshake=False).packets())
