# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [("alice", f"March-Hare-{n}") for n in range(20)], how="APOP")
    crowd.login(30, "192.0.2.10", "alice", "Rabbit-Hole-7", how="APOP")
    crowd.guesses(0, "192.0.2.20", [("bill", "Bil-Lizard-1")] * 2, how="APOP")
    crowd.login(30, "192.0.2.20", "bill", "Bill-Lizard-1", how="APOP")
    crowd.write(work / "input.pcap")
