# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    for at in (0, 60):
        crowd.login(at, "192.0.2.10", "alice", "Rabbit-Hole-7", port=995)
    crowd.login(0, "192.0.2.20", "alice", "Rabbit-Hole-7")
    crowd.write(work / "input.pcap")
