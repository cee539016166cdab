# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: +$qSupported#37\c
S: +$OK#9a\c
C: +$?#3f\c
S: +$S05#b8\c
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 2345))
