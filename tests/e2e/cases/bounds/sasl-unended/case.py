# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH PLAIN\r\n"), ("s", b"+ \r\n"), ("c", b"AGFsaWNlAFJh" * 50000)]
    write_pcap(work / "input.pcap", Talk(lines).packets())
