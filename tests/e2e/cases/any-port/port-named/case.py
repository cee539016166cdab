# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    talk = Talk([("s", b"220 mail.example ESMTP\r\n"), ("c", b"EHLO client.example\r\n"),
    ("s", b"250 ok\r\n")], server=("198.51.100.25", 10110))
    write_pcap(work / "input.pcap", talk.packets())
