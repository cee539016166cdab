# SPDX-License-Identifier: GPL-3.0-or-later

import random

from craft import Talk, tls_record, write_pcap


def make(work):
    lines = [(side, tls_record(23, random.Random(number).randbytes(700))) for number, side in enumerate("csscscss" * 9)]
    write_pcap(work / "input.pcap", Talk(lines, server=("198.51.100.25", 995), handshake=False).packets())
