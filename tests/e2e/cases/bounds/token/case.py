# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap
from sasl import exchange


def make(work):
    token = "ey" + "Rabbit.Hole" * 720
    lines = [("s", b"+OK POP3 ready\r\n"),
             *exchange("XOAUTH2", initial=f"user=alice\1auth=Bearer {token}\1\1".encode())]
    write_pcap(work / "input.pcap", Talk(lines).packets())
