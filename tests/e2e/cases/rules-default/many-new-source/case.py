# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    for day in range(9):
        crowd.login(86400 * day, "192.0.2.10", "alice", "Rabbit-Hole-7")
        crowd.login(86400 * day, "192.0.2.11", "cat", "Cheshire-Grin-3")
    crowd.login(86400 * 8, "192.0.2.20", "bill", "Bill-Lizard-1")
    crowd.login(86400 * 9, "203.0.113.99", "alice", "Rabbit-Hole-7")
    crowd.login(86400 * 9, "203.0.113.98", "bill", "Bill-Lizard-1")
    crowd.login(86400 * 9, "10.0.0.5", "cat", "Cheshire-Grin-3")
    crowd.write(work / "input.pcap")
