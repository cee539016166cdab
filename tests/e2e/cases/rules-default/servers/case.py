# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    LOGIN = [("c", "USER bill"), ("s", "+OK"), ("c", "PASS Lizard-Ladder-4"), ("s", "+OK")]
    for number, listed in enumerate(["STLS", "USER", "USER"]):
        lines = [("s", "+OK ready"), ("c", "CAPA"), ("s", "+OK"), ("s", listed), ("s", ".")]
        crowd.talk(10 * number, "192.0.2.10", lines + (LOGIN if number > 0 else []) + [("c", "QUIT"), ("s", "+OK")])
        lines[3] = ("s", "STLS")
        crowd.talk(10 * number + 5, "192.0.2.20", lines + [("c", "QUIT"), ("s", "+OK")], server="198.51.100.26")
    crowd.write(work / "input.pcap")
