# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK ready <1896.697170952@dbc.mtview.ca.us>\r\n"),
             ("c", b"APOP alice 0123456789abcdef0123456789abcdef\r\n"), ("s", b"-ERR no\r\n"),
             ("c", b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n"), ("s", b"+OK Logged in.\r\n"),
             ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).drop(b"APOP alice").packets())
