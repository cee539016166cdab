# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, client_hello, server_hello, tls_record, write_pcap


def make(work):
    lines = [("c", client_hello()), ("s", server_hello()),
             ("c", tls_record(23, b"\r\nUSER alice\r\nPASS Rabbit-Hole-7\r\n")),
             ("s", tls_record(23, b"\r\n+OK\r\n+OK\r\n"))]
    write_pcap(work / "input.pcap", Talk(lines, server=("198.51.100.25", 995)).packets())
