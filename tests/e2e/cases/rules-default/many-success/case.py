# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [("alice", f"March-Hare-{n}") for n in range(6)])
    crowd.login(10, "192.0.2.20", "alice", "Rabbit-Hole-7")
    crowd.login(20, "192.0.2.10", "alice", "Rabbit-Hole-7")
    crowd.guesses(0, "192.0.2.20", [("bill", f"Bil-Lizard-{n}") for n in range(3)] + [("bill", "Old-Looking-Glass")] * 50, step=10)
    crowd.login(600, "192.0.2.20", "bill", "Bill-Lizard-1")
    crowd.write(work / "input.pcap")
