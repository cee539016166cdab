# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    greeting, quits = [("s", "+OK POP3 ready")], [("c", "QUIT"), ("s", "+OK")]
    login = [("c", "USER alice"), ("s", "+OK"), ("c", "PASS Rabbit-Hole-7"), ("s", "+OK")]
    crowd.talk(0, "192.0.2.10", greeting + [("c", "STLS"), ("s", "-ERR no")] + quits)
    crowd.talk(60, "192.0.2.10", greeting + [("c", "STLS"), ("s", "-ERR no")] + quits)
    crowd.talk(0, "192.0.2.20", greeting + login + quits, server="198.51.100.26")
    crowd.write(work / "input.pcap")
