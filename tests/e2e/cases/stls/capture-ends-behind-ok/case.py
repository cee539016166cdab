# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"CAPA\r\n"), ("s", b"+OK\r\nUSER\r\nSTLS\r\n.\r\n"),
             ("c", b"STLS\r\n"), ("s", b"+OK Begin TLS negotiation now\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, close=None).packets())
