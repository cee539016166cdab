# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    # The client does not wait, and the server greets it with its own words.
    lines = [("c", b"USER alice\r\nPASS Rabbit-Hole-7\r\nCAPA\r\n"),
             ("s", b"+OK POP3 ready for PASS Rabbit-Hole-7\r\n+OK\r\n+OK\r\n"
                   b"+OK\r\nUSER\r\nX-LAST PASS Rabbit-Hole-7\r\n.\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
