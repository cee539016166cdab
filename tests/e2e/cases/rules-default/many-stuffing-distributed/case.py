# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    for number in range(30):
        crowd.login(10 * number, f"203.0.113.{number + 1}", f"card{number}", f"Spade-{number}-Painter", REFUSED)
        for again in range(12):
            crowd.login(10 * number + 60 * again, f"192.0.2.{20 + number}", f"heart{number}", f"Heart-{number}-Tart", REFUSED,
                        server="198.51.100.26")
    crowd.write(work / "input.pcap")
