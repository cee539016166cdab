# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.login(0, "192.0.2.10", "alice", "Rabbit-Hole-7", REFUSED, how="LOGIN")
    crowd.login(60, "192.0.2.10", "alice", "Rabbit-Hole-7", REFUSED, how="LOGIN")
    crowd.login(4000, "192.0.2.10", "alice", "Rabbit-Hole-7", REFUSED, how="LOGIN")
    crowd.login(0, "192.0.2.20", "bill", "Rabbit-Hole-7", None, how="LOGIN")
    crowd.write(work / "input.pcap")
