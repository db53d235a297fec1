# SPDX-License-Identifier: BSD-3-Clause
"""Messages of remote calls as hexadecimal digits: one for each thing that the
check of form or the codec tells apart."""

REQUEST = "84 00 01 6161 81 "

CALLS = {
    "request": "84 00 01 63616464 82 01 02",
    "request-empty": "84 00 00 60 80",
    "request-largest-id": "84 00 1affffffff 6470696e67 80",
    "request-indefinite": "9f 00 01 7f 6161 6162 ff 9f 05 ff ff",
    "request-numbers": REQUEST[:-3]
    + "8a 00 17 1818 190100 1a00010000 1bffffffffffffffff 20 3bffffffff00000000"
    + " f93c00 fb3ff199999999999a",
    "request-least-integer": REQUEST + "3b7fffffffffffffff",
    "request-not-finite": REQUEST[:-3] + "83 f97e00 f97c00 faff800000",
    "request-bytes": REQUEST[:-3] + "83 40 43010203 5f 4101 4102 ff",
    "request-text": REQUEST[:-3]
    + "83 60 6c6772c3bcc39f6520e6b0b420 64f0908591",
    "request-map": REQUEST
    + "a4 6161 01 626162 f5 60 f6 6163 a1 6161 82 80 a0",
    "request-wide-map": REQUEST
    + "b2 "
    + " ".join("61%02x %02x" % (0x61 + n, n) for n in range(18)),
    "request-deepest": REQUEST + "81" * 30 + "00",
    "response": "84 01 01 f6 03",
    "response-null": "84 01 01 f6 f6",
    "response-error": "84 01 01 82 626e6f a1 6161 01 f6",
    "notification": "83 02 62676f 81 f5",
    "probe": "",
    "bad-array-length": "83 00 01 6161",
    "bad-type": "84 03 01 6161 80",
    "bad-id-negative": "84 00 20 6161 80",
    "bad-id-too-large": "84 00 1b0000000100000000 6161 80",
    "bad-id-text": "84 00 6131 6161 80",
    "bad-method": "84 00 01 4161 80",
    "bad-args": "84 00 01 6161 a0",
    "bad-error": "84 01 01 81 6161 f6",
    "bad-error-context": "84 01 01 82 6161 80 f6",
    "bad-error-and-result": "84 01 01 82 6161 a0 00",
    "bad-too-deep": REQUEST + "81" * 31 + "00",
    "bad-arrays": "81" * 200,
    "bad-indefinite-arrays": "9f" * 200,
    "bad-indefinite-maps": "bf" * 200,
    "bad-nested-bytes": "5f" * 200,
    "bad-nested-text": "7f" * 200,
    "bad-tags": "c1" * 200,
    "bad-huge-map": REQUEST + "bb1000000000000000",
    "bad-huge-array": REQUEST + "9a10000000",
    "bad-huge-string": REQUEST + "7bffffffffffffffff",
    "bad-key-twice": REQUEST + "a2 6161 00 6161 00",
    "bad-key-twice-in-chunks": REQUEST + "a2 626162 00 7f 6161 6162 ff 00",
    "bad-key-twice-wide": REQUEST
    + "b2 "
    + " ".join("61%02x 00" % (0x61 + n % 17) for n in range(18)),
    "bad-key-integer": REQUEST + "a1 01 00",
    "bad-utf8": REQUEST + "62c080",
    "bad-utf8-surrogate": REQUEST + "63eda080",
    "bad-utf8-chunk": REQUEST + "7f 61c3 61bc ff",
    "bad-chunk-type": REQUEST + "7f 4161 ff",
    "bad-undefined": REQUEST + "f7",
    "bad-simple": REQUEST + "f8ff",
    "bad-integer": REQUEST + "3bffffffffffffffff",
    "bad-big-number": REQUEST + "c249010000000000000000",
    "bad-break": "84 00 01 6161 ff",
    "bad-map-half": REQUEST + "bf 6161 ff",
    "bad-reserved": REQUEST + "1c",
    "bad-cut-short": "84 00 01 6161 81 1a0000",
    "bad-trailing": "84 00 01 6161 80 00",
    "bad-not-cbor": "7b22612220 3a317d",
    "bad-too-long": "84 00 01 6161 81 591000" + "00" * 4096,
}
