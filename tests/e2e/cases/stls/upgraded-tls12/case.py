# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, client_hello, server_hello, tls_record, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"CAPA\r\n"), ("s", b"+OK\r\nUSER\r\nSTLS\r\n.\r\n"),
             ("c", b"STLS\r\n"), ("s", b"+OK Begin TLS negotiation now\r\n"),
             ("c", client_hello(b"pop.wonderland.example", alpn=[b"pop3"])), ("s", server_hello(alpn=[b"pop3"])),
             ("c", tls_record(23, b"\x42" * 200)), ("s", tls_record(23, b"\x43" * 500))]
    write_pcap(work / "input.pcap", Talk(lines).packets())
