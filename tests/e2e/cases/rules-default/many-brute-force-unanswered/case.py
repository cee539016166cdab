# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [("alice", f"March-Hare-{n}") for n in range(10)], reply=None)
    for again in range(20):
        crowd.guesses(60 * again, "192.0.2.20", [(f"card{n}", f"Spade-{n}-Painter") for n in range(10)], reply=None)
    crowd.write(work / "input.pcap")
