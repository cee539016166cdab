# SPDX-License-Identifier: GPL-3.0-or-later

from craft import client_hello, server_hello
from crowd import Crowd


def make(work):
    crowd = Crowd()
    for at in (0, 60):
        crowd.talk(at, "192.0.2.10", [("c", client_hello()), ("s", server_hello())])
    crowd.talk(0, "192.0.2.20", [("c", client_hello()), ("s", server_hello())], port=995)
    crowd.write(work / "input.pcap")
