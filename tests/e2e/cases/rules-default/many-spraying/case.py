# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [(f"card{n}", "Summer-Tea-2024") for n in range(10)])
    crowd.guesses(20, "192.0.2.10", [(f"card{n}", "Winter-Tea-2024") for n in range(10)])
    crowd.guesses(0, "192.0.2.20", [(f"heart{n}", f"Heart-{n}-Tart") for n in range(10)], step=60)
    crowd.guesses(0, "192.0.2.30", [(f"heart{n % 9}", "Summer-Tea-2024") for n in range(90)])
    # Names as passwords come first.
    crowd.guesses(0, "192.0.2.50", [(f"club{n}", f"Club-{n}-Name") for n in range(24)])
    crowd.guesses(60, "192.0.2.50", [(f"club{n % 24}", f"Autumn-Tea-{n // 24}") for n in range(72)])
    crowd.write(work / "input.pcap")
