# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    talk = Talk([("s", b"+OK Gpop ready\r\n"), ("c", b"AUTH PLAIN AGFsaWNlAFJhYmJpdC1Ib2xlLTc=\r\n"),
    ("s", b"+OK Welcome.\r\n"),
                 ("c", b"QUIT\r\n"), ("s", b"+OK\r\n")], server=("198.51.100.25", 10110))
    write_pcap(work / "input.pcap", talk.packets())
