# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    for name in ("alice", "dormouse", "hatter"):
        crowd.login(0, "192.0.2.10", name, "Rabbit-Hole-7")
    for name in ("bill", "duchess"):
        crowd.login(0, "192.0.2.20", name, "Bill-Lizard-1")
    for name in ("Cat", "CAT", "cat"):
        crowd.login(0, "192.0.2.20", name, "Cheshire-Grin-3")
    crowd.write(work / "input.pcap")
