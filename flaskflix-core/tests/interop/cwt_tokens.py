"""Reads and makes stream tokens with PyPI `cwt`: a second opinion on the wire format.

    cwt_tokens.py read KID HEX_KEY TOKEN     verifies and prints one line per claim, sorted by claim key
    cwt_tokens.py make KID HEX_KEY CASE      prints a token that `cwt` made

Driven by tests/it/token_interop.rs.
"""

import base64
import sys
import time

import cwt
from cwt import COSEKey

TITLE_CLAIM = -65537


def sound_claims():
    now = int(time.time())
    return {
        1: "flaskflix",
        2: "anna",
        4: now + 60,
        5: now,
        6: now,
        7: bytes(range(16)),
        312: {3: {1: "/stream/film.mp4/"}},
        313: ["GET", "HEAD"],
        TITLE_CLAIM: "film.mp4",
    }


# What `cwt` makes without a word, and what we are to say about it.
CASES = {
    "sound": {},
    "float_exp": {4: time.time() + 60.5},
    "expired_by_1_s": {4: int(time.time()) - 1},
    "audience": {3: "someone else"},
    "second_matcher": {312: {3: {1: "/stream/film.mp4/", 2: ".m4s"}}},
    "other_title_below_the_prefix": {TITLE_CLAIM: "film.mp42"},
}


def main(command, kid, key, argument):
    key = COSEKey.from_symmetric_key(bytes.fromhex(key), alg="HS256", kid=kid)
    if command == "read":
        padded = argument + "=" * (-len(argument) % 4)
        claims = cwt.decode(base64.urlsafe_b64decode(padded), key)
        for claim in sorted(claims):
            print(f"{claim} {claims[claim]!r}")
    else:
        claims = sound_claims() | CASES[argument]
        token = cwt.encode_and_mac(claims, key, tagged=True)
        print(base64.urlsafe_b64encode(token).rstrip(b"=").decode())


main(*sys.argv[1:])
