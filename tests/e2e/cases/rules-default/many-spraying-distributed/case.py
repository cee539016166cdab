# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    for number in range(10):
        crowd.login(3600 * number, f"203.0.113.{number % 5 + 1}", f"card{number}", "Summer-Tea-2024", REFUSED)
        crowd.login(3600 * number, f"192.0.2.{20 + number}", f"heart{number}", f"Heart-{number}-Tart", REFUSED)
    crowd.write(work / "input.pcap")
