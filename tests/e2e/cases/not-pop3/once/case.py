# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"220 mail.example ESMTP\r\n")] + [("c", b"NOOP\r\n"), ("s", b"250 OK\r\n")] * 50
    write_pcap(work / "input.pcap", Talk(lines).packets())
