# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [("alice", f"March-Hare-{n}") for n in range(10)])
    crowd.guesses(0, "192.0.2.20", [("bill", "Old-Looking-Glass")] * 300, step=10)
    crowd.guesses(5, "192.0.2.20", [("bill", f"Bil-Lizard-{n}") for n in range(5)], step=20)
    crowd.guesses(0, "192.0.2.20", [(f"card{n}", f"Spade-{n}-Painter") for n in range(10)])
    crowd.write(work / "input.pcap")
