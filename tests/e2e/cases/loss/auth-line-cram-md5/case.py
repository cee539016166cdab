# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH CRAM-MD5\r\n"),
             ("s", b"+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n"),
             ("c", b"dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n"), ("s", b"+OK Logged in.\r\n"),
             ("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).drop(b"AUTH").packets())
