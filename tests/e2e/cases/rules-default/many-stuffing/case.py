# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [(f"card{n}", f"Spade-{n}-Painter") for n in range(15)])
    crowd.guesses(0, "192.0.2.20", [(f"heart{n % 20}", f"Tart-{n // 20}-Stolen") for n in range(400)])
    crowd.guesses(0, "192.0.2.30", [(f"club{n // 20}", f"Tart-{n % 20}-Stolen") for n in range(400)])
    crowd.guesses(0, "192.0.2.50", [(f"joker{n}", f"Joker-{n}-Laughs") for n in range(40)], how="PLAIN",
                  reply="-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.")
    crowd.guesses(0, "192.0.2.60", [(f"joker{n}", f"Joker-{n}-Laughs") for n in range(40)], reply="-ERR [SYS/TEMP] Try later")
    for user in range(30):     # one after another is left with an old password
        crowd.guesses(1000 * user, "192.0.2.40", [(f"diamond{user}", f"Old-{user}-Looking-Glass")] * 100, step=300)
    crowd.write(work / "input.pcap")
