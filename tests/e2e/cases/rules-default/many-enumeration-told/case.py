# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [(f"card{n}", f"Spade-{n}-Painter") for n in range(10)], reply="-ERR No such user here")
    crowd.guesses(0, "192.0.2.20", [(f"heart{n}", f"Heart-{n}-Tart") for n in range(10)], reply="-ERR invalid user name or password")
    crowd.write(work / "input.pcap")
