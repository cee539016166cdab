# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [(f"card{n}", "Summer-Tea-2024") for n in range(10)])
    crowd.guesses(20, "192.0.2.10", [(f"card{n}", "Winter-Tea-2024") for n in range(10)])
    crowd.guesses(0, "192.0.2.20", [(f"heart{n}", f"Heart-{n}-Tart") for n in range(10)], step=60)
    crowd.guesses(0, "192.0.2.30", [(f"heart{n % 9}", "Summer-Tea-2024") for n in range(90)])
    crowd.write(work / "input.pcap")
