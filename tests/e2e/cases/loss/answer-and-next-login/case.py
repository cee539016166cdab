# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"USER alice\r\n"), ("s", b"+OK\r\n"),
             ("c", b"PASS Rabbit-Hole-7\r\n"), ("s", b"-ERR [AUTH] No\r\n"),
             ("c", b"AUTH PLAIN AGJvYgBMb29raW5nLUdsYXNzLTE=\r\n"), ("s", b"+OK Logged in.\r\n"),
             ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).drop(b"[AUTH]").drop(b"AUTH PLAIN").packets())
