# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK " + b"Twinkle " * 100 + b"\r\n"), ("c", b"QUIT\r\n"), ("s", b"+OK\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
