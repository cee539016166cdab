# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.login(-60, "192.0.2.20", "alice", "Rabbit-Hole-7")
    for number in range(10):
        crowd.login(number, f"203.0.113.{number % 5 + 1}", "alice", f"March-Hare-{number}", REFUSED)
    crowd.login(15, "192.0.2.20", "alice", "Rabbit-Hole-7")
    crowd.login(20, "203.0.113.9", "alice", "Rabbit-Hole-7")
    crowd.login(30, "203.0.113.8", "bill", "Bill-Lizard-1")
    crowd.write(work / "input.pcap")
