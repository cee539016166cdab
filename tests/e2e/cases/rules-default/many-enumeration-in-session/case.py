# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    def names(client, listed):
        lines = [("s", "+OK ready")]
        for name in listed:
            lines += [("c", "USER " + name), ("s", "+OK")]
        crowd.talk(0, client, lines + [("c", "QUIT"), ("s", "+OK")])


    names("192.0.2.10", [f"card{number}" for number in range(5)])
    names("192.0.2.20", ["bill", "bill@example.org"])
    crowd.write(work / "input.pcap")
