# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, client_hello, server_hello, tls_record, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"USER alice\r\n"), ("s", b"+OK\r\n"),
             ("c", b"STLS\r\n"), ("s", b"+OK Begin TLS negotiation now\r\n"),
             ("c", client_hello()), ("s", server_hello()),
             ("c", tls_record(23, b"\x42" * 200)), ("s", tls_record(23, b"\x43" * 500))]
    write_pcap(work / "input.pcap", Talk(lines).packets())
