# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    talks = [Talk(login(f"user{number}", "Rabbit-Hole-7"), client=(f"192.0.2.{number % 100}", 40000 + number),
                  isn=(number * 7919, number * 104729), start=number / 10**5).packets() for number in range(300)]
    write_pcap(work / "input.pcap", merge(*talks))
