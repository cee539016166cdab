# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients answer to a challenge, and whether a hash line gives the password away.

Written from the documents, with nothing but hashlib, so that a case needs no SASL library:

    lines = exchange("CRAM-MD5", (challenge, cram_md5("alice", "Rabbit-Hole-7", challenge)))
    gives_away(10200, hash_line, "Rabbit-Hole-7")
"""

import base64
import hashlib
import hmac
import struct


# ---------------------------------------------------------------- the exchange, RFC 5034

def exchange(mechanism, *turns, initial=None, reply="+OK Logged in."):
    """AUTH and what follows: turns of (challenge, response), which are put into base64 here.

    A None as challenge is a bare "+ ", as response an empty line. initial goes into the AUTH line; b"" is
    sent as "=".
    """
    command = b"AUTH " + mechanism.encode()
    if initial is not None:
        command += b" " + (base64.b64encode(initial) or b"=")
    lines = [("c", command + b"\r\n")]
    for challenge, response in turns:
        lines.append(("s", b"+ " + base64.b64encode(challenge or b"") + b"\r\n"))
        lines.append(("c", base64.b64encode(response or b"") + b"\r\n"))
    lines.append(("s", reply.encode() + b"\r\n"))
    return lines


def on_wire(*responses):
    """How responses stand on the wire: what make() of a case returns as secrets."""
    return [base64.b64encode(response).decode() for response in responses]


# ---------------------------------------------------------------- responses

def apop(password, stamp):
    """RFC 1939 section 7."""
    return hashlib.md5(stamp.encode() + password.encode()).hexdigest()


def cram_md5(user, password, challenge):
    """RFC 2195."""
    return f"{user} {hmac.digest(password.encode(), challenge, 'md5').hex()}".encode()


def digest_md5(user, realm, password, nonce, cnonce, uri, qop="auth", authzid=None):
    """RFC 2831 section 2.1.2.1: (response, rspauth)."""
    def h(data):
        return hashlib.md5(data).digest()

    a1 = h(f"{user}:{realm}:{password}".encode()) + f":{nonce}:{cnonce}".encode()
    if authzid is not None:
        a1 += f":{authzid}".encode()
    tail = ":" + "0" * 32 if qop != "auth" else ""

    def kd(a2):
        return h(f"{h(a1).hex()}:{nonce}:00000001:{cnonce}:{qop}:{h(a2.encode()).hex()}".encode()).hex()
    return kd(f"AUTHENTICATE:{uri}{tail}"), kd(f":{uri}{tail}")


def scram(hash_name, password, first_bare, server_first, binding=b"n,,"):
    """RFC 5802 section 3: (client-final, server-final)."""
    fields = dict(item.split("=", 1) for item in server_first.split(","))
    without_proof = f"c={base64.b64encode(binding).decode()},r={fields['r']}"
    message = f"{first_bare},{server_first},{without_proof}".encode()
    salted = hashlib.pbkdf2_hmac(hash_name, password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    client_key = hmac.digest(salted, b"Client Key", hash_name)
    signature = hmac.digest(hashlib.new(hash_name, client_key).digest(), message, hash_name)
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    server = hmac.digest(hmac.digest(salted, b"Server Key", hash_name), message, hash_name)
    return (f"{without_proof},p={base64.b64encode(proof).decode()}".encode(),
            f"v={base64.b64encode(server).decode()}".encode())


# ---------------------------------------------------------------- NTLM, [MS-NLMP]

UNICODE, OEM, NTLM_KEY, EXTENDED = 1, 2, 0x200, 0x80000


def md4(data):
    """RFC 1320; OpenSSL has given it up."""
    def roll(x, n):
        x &= 0xffffffff
        return (x << n | x >> 32 - n) & 0xffffffff

    rounds = ((lambda x, y, z: x & y | ~x & z, 0, range(16), (3, 7, 11, 19)),
              (lambda x, y, z: x & y | x & z | y & z, 0x5a827999,
               (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13)),
              (lambda x, y, z: x ^ y ^ z, 0x6ed9eba1,
               (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15)))
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
    data += b"\x80" + b"\0" * (-(len(data) + 9) % 64) + struct.pack("<Q", 8 * len(data))
    for at in range(0, len(data), 64):
        words = struct.unpack("<16I", data[at:at + 64])
        a, b, c, d = state
        for mix, constant, order, shifts in rounds:
            for number, word in enumerate(order):
                a, b, c, d = d, roll(a + mix(b, c, d) + words[word] + constant, shifts[number % 4]), b, c
        state = [(x + y) & 0xffffffff for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


# FIPS 46-3. Bits are counted from 1, the highest first, as there.
IP = [58 - 8 * (i % 8) + 2 * (i // 8) - (9 if i >= 32 else 0) for i in range(64)]
E = [(4 * (i // 6) + i % 6 - 1) % 32 + 1 for i in range(48)]
P = (16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
     2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25)
PC1 = (57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
       63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4)
PC2 = (14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
       41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32)
S = ("e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d",
     "f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9",
     "a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c",
     "7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e",
     "2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453",
     "c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d",
     "4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c",
     "d2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b")


def _permute(value, size, table):
    result = 0
    for bit in table:
        result = result << 1 | value >> size - bit & 1
    return result


def des(key, block):
    """One block under a key of seven bytes (no parity bits)."""
    bits = int.from_bytes(key, "big")
    spread = sum((bits >> 49 - 7 * i & 127) << 57 - 8 * i for i in range(8))
    key = _permute(spread, 64, PC1)
    left_key, right_key = key >> 28, key & 0xfffffff
    boxes = [[int(digit, 16) for digit in box.replace(" ", "")] for box in S]
    value = _permute(int.from_bytes(block, "big"), 64, IP)
    left, right = value >> 32, value & 0xffffffff
    for number in range(16):
        for _ in range(1 if number in (0, 1, 8, 15) else 2):
            left_key = (left_key << 1 | left_key >> 27) & 0xfffffff
            right_key = (right_key << 1 | right_key >> 27) & 0xfffffff
        mixed = _permute(right, 32, E) ^ _permute(left_key << 28 | right_key, 56, PC2)
        out = 0
        for box in range(8):
            six = mixed >> 42 - 6 * box & 63
            out = out << 4 | boxes[box][16 * (six >> 4 & 2 | six & 1) + (six >> 1 & 15)]
        left, right = right, left ^ _permute(out, 32, P)
    final = right << 32 | left
    inverse = [IP.index(bit) + 1 for bit in range(1, 65)]
    return _permute(final, 64, inverse).to_bytes(8, "big")


def _desl(key, challenge):
    key = key.ljust(21, b"\0")
    return b"".join(des(key[at:at + 7], challenge) for at in (0, 7, 14))


def nt_hash(password):
    return md4(password.encode("utf-16-le"))


def ntlm_v1(password, challenge):
    """The NT response, section 3.3.1."""
    return _desl(nt_hash(password), challenge)


def ntlm_v1_extended(password, challenge, client_challenge):
    """With extended session security: (LM response, NT response)."""
    mixed = hashlib.md5(challenge + client_challenge).digest()[:8]
    return client_challenge + b"\0" * 16, _desl(nt_hash(password), mixed)


def ntlm_v2(user, domain, password, challenge, blob):
    """The NT response, section 3.3.2: the proof, and what it is over besides the challenge."""
    key = hmac.digest(nt_hash(password), (user.upper() + domain).encode("utf-16-le"), "md5")
    return hmac.digest(key, challenge + blob, "md5") + blob


def ntlm_blob(client_challenge, target_info):
    return b"\1\1" + b"\0" * 6 + struct.pack("<Q", 133487384450000000) + client_challenge + b"\0" * 4 \
        + target_info + b"\0" * 4


def _message(kind, *parts):
    """parts: bytes that stand where they are, and lists of one text, of which length and place are told."""
    head = 12 + sum(8 if isinstance(part, list) else len(part) for part in parts)
    fixed, payload = b"NTLMSSP\0" + struct.pack("<I", kind), b""
    for part in parts:
        if isinstance(part, list):
            fixed += struct.pack("<HHI", len(part[0]), len(part[0]), head + len(payload))
            payload += part[0]
        else:
            fixed += part
    return fixed + payload


def ntlm_negotiate(flags=UNICODE | OEM | NTLM_KEY, domain=b"", workstation=b""):
    return _message(1, struct.pack("<I", flags), [domain], [workstation])


def ntlm_challenge(challenge, target="WONDERLAND", info=b"", flags=UNICODE | NTLM_KEY):
    return _message(2, [target.encode("utf-16-le")], struct.pack("<I", flags), challenge, b"\0" * 8, [info])


def ntlm_authenticate(user, domain, lm, nt, flags=UNICODE | NTLM_KEY, workstation="RABBIT"):
    code = "utf-16-le" if flags & UNICODE else "latin-1"
    return _message(3, [lm], [nt], [domain.encode(code)], [user.encode(code)], [workstation.encode(code)], [b""],
                    struct.pack("<I", flags))


def target_info(domain):
    """AV pairs: the NetBIOS domain, and the end."""
    name = domain.encode("utf-16-le")
    return struct.pack("<HH", 2, len(name)) + name + b"\0\0\0\0"


# ---------------------------------------------------------------- hash lines, as hashcat reads them

def gives_away(mode, line, password):
    """True when somebody who has the line and guesses the password would know that it is the one."""
    return {20: _apop, 5500: _net_ntlm_v1, 5600: _net_ntlm_v2, 10200: _cram_md5}[mode](line, password)


def _apop(line, password):
    digest, stamp = line.split(":", 1)      # -m 20: md5($salt.$pass), hash:salt
    return digest == apop(password, stamp)


def _cram_md5(line, password):
    empty, name, challenge, response = line.split("$")
    user, _ = base64.b64decode(response).rsplit(b" ", 1)
    return (empty, name) == ("", "cram_md5") and \
        base64.b64decode(response) == cram_md5(user.decode(), password, base64.b64decode(challenge))


def _net_ntlm_v1(line, password):
    _, empty, _, lm, nt, challenge = line.split(":")
    lm, challenge = bytes.fromhex(lm), bytes.fromhex(challenge)
    if lm[8:] == b"\0" * 16:
        _, expected = ntlm_v1_extended(password, challenge, lm[:8])
    else:
        expected = ntlm_v1(password, challenge)
    return empty == "" and bytes.fromhex(nt) == expected


def _net_ntlm_v2(line, password):
    user, empty, domain, challenge, proof, blob = line.split(":")
    return empty == "" and bytes.fromhex(proof + blob) == \
        ntlm_v2(user, domain, password, bytes.fromhex(challenge), bytes.fromhex(blob))
