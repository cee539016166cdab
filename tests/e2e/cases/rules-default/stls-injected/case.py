# SPDX-License-Identifier: GPL-3.0-or-later

from craft import client_hello, server_hello
from crowd import Crowd


def make(work):
    crowd = Crowd()
    greeting = [("s", "+OK POP3 ready")]
    crowd.talk(0, "192.0.2.10", greeting + [("c", b"STLS\r\nNOOP\r\n"), ("s", "+OK"), ("c", client_hello()), ("s", server_hello())])
    crowd.talk(60, "192.0.2.10", greeting + [("c", b"STLS\r\nNOOP\r\n"), ("s", "+OK"), ("c", client_hello()), ("s", server_hello())])
    crowd.talk(0, "192.0.2.20", greeting + [("c", "STLS"), ("s", "+OK"), ("c", client_hello()), ("s", server_hello())], server="198.51.100.26")
    crowd.write(work / "input.pcap")
