# SPDX-License-Identifier: BSD-3-Clause
"""What no browser sends, and how it is answered."""

from web_case import OP_PING, frame

CRLF = "\r\n"


def lines(*each):
    """Lines of a request, `HOST` in place of the server's own."""
    return CRLF.join(each + ("", "")).encode("latin-1")


def get(*fields, target="/status"):
    return lines(f"GET {target} HTTP/1.1", "Host: HOST", *fields)


def post(*fields, body=b"", target="/estop"):
    return lines(f"POST {target} HTTP/1.1", "Host: HOST", *fields) + body


def shake(*fields, target="/stream", key="MDEyMzQ1Njc4OWFiY2RlZg==", version=13):
    return get(
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        f"Sec-WebSocket-Version: {version}",
        *fields,
        target=target,
    )


OURS = "Sec-WebSocket-Protocol: robot-runtime.v1"
SMUGGLED = "POST /estop HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"

# What it is, what is sent, and the statuses of the answers, one a request that
# is seen in it: none where it is never complete.
REQUESTS = {
    # -- two programs that read one request in two ways
    "a length and chunks": (
        post("Content-Length: 5", "Transfer-Encoding: chunked",
             body=b"0\r\n\r\nX"), [400]),
    "chunks and a length": (
        post("Transfer-Encoding: chunked", "Content-Length: 5",
             body=b"0\r\n\r\nX"), [400]),
    "two lengths": (
        post("Content-Length: 2", "Content-Length: 3", body=b"{}x"), [400]),
    "one length twice": (
        post("Content-Length: 2", "Content-Length: 2", body=b"{}"), [400]),
    "a list of lengths": (post("Content-Length: 2, 2", body=b"{}"), [400]),
    "a negative length": (post("Content-Length: -1"), [400]),
    "a length with a sign": (post("Content-Length: +2", body=b"{}"), [400]),
    "a length in hexadecimal": (post("Content-Length: 0x2", body=b"{}"), [400]),
    "a length beyond 64 bits": (
        post("Content-Length: 99999999999999999999999"), [400]),
    "a length with a space in it": (post("Content-Length: 1 2"), [400]),
    "an empty length": (post("Content-Length: "), [400]),
    "a space before the colon": (
        post("Content-Length : 2", body=b"{}"), [400]),
    "a length in a folded line": (
        post("X: y", " Content-Length: 2", body=b"{}"), [400]),
    "a line that goes on in the next": (
        get("X-Long: one", "\ttwo"), [400]),
    "a tab before the coding": (
        post("Transfer-Encoding:\tchunked, identity", body=b"0\r\n\r\n"), [400]),
    "an unknown coding": (
        post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), [400]),
    "chunked twice": (
        post("Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), [400]),
    "two codings in two lines": (
        post("Transfer-Encoding: chunked", "Transfer-Encoding: identity",
             body=b"0\r\n\r\n"), [400]),
    "a coding in quotes": (
        post('Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), [400]),
    "chunks in HTTP/1.0": (
        lines("POST /estop HTTP/1.0", "Host: HOST",
              "Transfer-Encoding: chunked") + b"0\r\n\r\n", [400]),
    "a chunk of no size": (
        post("Transfer-Encoding: chunked", body=b"\r\n{}\r\n"), [400]),
    "a chunk that is no number": (
        post("Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n"), [400]),
    "a chunk of a size in C": (
        post("Transfer-Encoding: chunked", body=b"0x2\r\n{}\r\n0\r\n\r\n"),
        [400]),
    "a negative chunk": (
        post("Transfer-Encoding: chunked", body=b"-1\r\n{}\r\n"), [400]),
    "a chunk beyond 64 bits": (
        post("Transfer-Encoding: chunked", body=b"fffffffffffffffff\r\n"),
        [400]),
    "a chunk of the largest size": (
        post("Transfer-Encoding: chunked", body=b"ffffffffffffffff\r\n{}"),
        [413]),
    "a chunk that is longer than it says": (
        post("Transfer-Encoding: chunked", body=b"1\r\n{}\r\n0\r\n\r\n"), [400]),
    "a chunk ended by a line feed alone": (
        post("Transfer-Encoding: chunked", body=b"2\n{}\n0\n\n"), []),
    "an extension without end": (
        post("Transfer-Encoding: chunked", body=b"2;" + b"x" * 20_000), [400]),
    "a body where there is none": (
        get("Content-Length: 61") + SMUGGLED.encode(), [400]),
    "chunks where there is no body": (
        get("Transfer-Encoding: chunked") + b"0\r\n\r\n", [400]),
    "line feeds without carriage returns": (
        b"GET /status HTTP/1.1\nHost: HOST\n\n", [400]),
    "one line feed without its carriage return": (
        b"GET /status HTTP/1.1\r\nX: y\nHost: HOST\r\n\r\n", [400]),
    "a carriage return in a field": (get("X: a\rb"), [400]),
    "a zero byte in a field": (get("X: a\0b"), [400]),
    "a zero byte in the target": (get(target="/sta\0tus"), [400]),
    "a request inside a field": (
        get("X: a\r\r\n" + SMUGGLED), [400]),
    # -- lines that are none
    "no request at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400]),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", [400]),
    "HTTP/0.9": (b"GET /\r\n\r\n", [400]),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505]),
    "another version": (
        lines("GET /status HTTP/3.7", "Host: HOST"), [505]),
    "a version of letters": (
        lines("GET /status HTTP/x.y", "Host: HOST"), [505]),
    "small letters": (lines("GET /status http/1.1", "Host: HOST"), [505]),
    "two spaces": (lines("GET  /status HTTP/1.1", "Host: HOST"), [400]),
    "a space in the target": (
        lines("GET /sta tus HTTP/1.1", "Host: HOST"), [505]),
    "a tab for a space": (
        lines("GET\t/status HTTP/1.1", "Host: HOST"), [400]),
    "no colon": (get("nonsense"), [400]),
    "no name": (get(": value"), [400]),
    "a name with a space": (get("X Y: value"), [400]),
    "a name beyond ASCII": (get("X\xe4: value"), [400]),
    "a method of a slash": (
        lines("G/T /status HTTP/1.1", "Host: HOST"), [400]),
    # -- too much
    "a target of 9 KiB": (get(target="/" + "a" * 9000), [431]),
    "a field of 9 KiB": (get("X: " + "a" * 9000), [431]),
    "a thousand fields": (get(*[f"X{i}: y" for i in range(1000)]), [431]),
    "a body of 17 KiB": (
        post("Content-Length: 17408", body=b"x" * 17408), [413]),
    "a body said to be of a terabyte": (
        post("Content-Length: 1099511627776"), [413]),
    "17 KiB in chunks": (
        post("Transfer-Encoding: chunked",
             body=b"4000\r\n" + b"x" * 16384 + b"\r\n400\r\n" + b"x" * 1024
             + b"\r\n0\r\n\r\n"), [413]),
    # -- from elsewhere
    "no host": (lines("GET /status HTTP/1.1"), [400]),
    "no host in HTTP/1.0": (lines("GET /status HTTP/1.0"), [400]),
    "an empty host": (lines("GET /status HTTP/1.1", "Host: "), [400]),
    "two hosts": (get("Host: evil.example"), [400]),
    "a host of somebody else": (
        lines("GET /status HTTP/1.1", "Host: evil.example"), [403]),
    "a host of somebody else with this port": (
        lines("GET /status HTTP/1.1", "Host: evil.example:PORT"), [403]),
    "a host that begins with ours": (
        lines("GET /status HTTP/1.1", "Host: 127.0.0.1.evil.example:PORT"),
        [403]),
    "a user in the host": (
        lines("GET /status HTTP/1.1", "Host: 127.0.0.1@evil.example:PORT"),
        [403]),
    "another port": (
        lines("GET /status HTTP/1.1", "Host: 127.0.0.1:1"), [403]),
    "no port": (lines("GET /status HTTP/1.1", "Host: 127.0.0.1"), [403]),
    "a port that is none": (
        lines("GET /status HTTP/1.1", "Host: 127.0.0.1:PORTx"), [403]),
    "every host": (
        lines("GET /status HTTP/1.1", "Host: 0.0.0.0:PORT"), [403]),
    "an address of this machine that it does not serve": (
        lines("GET /status HTTP/1.1", "Host: 127.0.0.2:PORT"), [403]),
    "a bracket that is not closed": (
        lines("GET /status HTTP/1.1", "Host: [::1"), [403]),
    "an origin of somebody else": (
        post("Origin: http://evil.example", "Content-Length: 2", body=b"{}"),
        [403]),
    "an origin of the same name": (
        post("Origin: http://127.0.0.1", "Content-Length: 2", body=b"{}"),
        [403]),
    "an origin of another scheme": (
        post("Origin: https://HOST", "Content-Length: 2", body=b"{}"), [403]),
    "an origin of nobody": (
        post("Origin: null", "Content-Length: 2", body=b"{}"), [403]),
    "an empty origin": (
        post("Origin: ", "Content-Length: 2", body=b"{}"), [403]),
    "two origins": (
        post("Origin: http://HOST", "Origin: http://evil.example",
             "Content-Length: 2", body=b"{}"), [400]),
    "a form of another page": (
        post("Origin: http://evil.example",
             "Content-Type: application/x-www-form-urlencoded",
             "Content-Length: 8", body=b"reason=x"), [403]),
    # -- paths
    "a target that is a whole address": (
        get(target="http://HOST/status"), [404]),
    "a target of somebody else": (
        get(target="http://evil.example/status"), [404]),
    "a tunnel": (lines("CONNECT evil.example:443 HTTP/1.1", "Host: HOST"), [404]),
    "a trace": (lines("TRACE /status HTTP/1.1", "Host: HOST"), [404]),
    "all of it": (lines("OPTIONS * HTTP/1.1", "Host: HOST"), [404]),
    "a path of its own": (get(target="/etc/passwd"), [404]),
    "a way up": (get(target="/../../etc/passwd"), [404]),
    "a way up from records": (get(target="/records/../latch.json"), [404]),
    "a way up in other letters": (
        get(target="/records/%2e%2e%2flatch.json"), [404]),
    "a way up with the other slash": (
        get(target="/records/..\\latch.json"), [404]),
    "an absolute record": (get(target="/records//etc/passwd"), [404]),
    "a hidden record": (get(target="/records/.hidden"), [404]),
    "no record": (get(target="/records/"), [404]),
    "the folder itself": (get(target="/records/."), [404]),
    "a record of 300 characters": (get(target="/records/" + "a" * 300), [404]),
    "a stop by asking": (get(target="/estop"), [404]),
    "a stop in letters of another kind": (
        post("Content-Length: 0", target="/ESTOP"), [404]),
    "a stop beside the path": (
        post("Content-Length: 0", target="//estop"), [404]),
    "a page that is put": (
        lines("PUT / HTTP/1.1", "Host: HOST", "Content-Length: 0"), [404]),
    # -- half handshakes
    "a handshake without a key": (
        get("Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Version: 13", OURS, target="/stream"), [400]),
    "a handshake with a short key": (shake(OURS, key="short"), [400]),
    "a handshake of another version": (shake(OURS, version=8), [426]),
    "a handshake without a protocol": (shake(), [404]),
    "a handshake of an unknown protocol": (
        shake("Sec-WebSocket-Protocol: soap"), [404]),
    "a handshake on another path": (shake(OURS, target="/estop"), [404]),
    "a handshake from another page": (
        shake(OURS, "Origin: http://evil.example"), [403]),
    "a handshake with frames already in it": (
        shake(OURS) + frame(b'{"type":"estop"}'), [400]),
    "a handshake that is posted": (
        shake(OURS).replace(b"GET", b"POST", 1), [404]),
    "a handshake for HTTP/2": (
        get("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings",
            "HTTP2-Settings: AAMAAABkAAQAAP__"), [200]),
}

# What is sent once a WebSocket is open, and the code with which it closes.
FRAMES = {
    "a frame without a mask": (frame(b"{}", mask=None), 1002),
    "the first reserved bit, of compression": (frame(b"{}", reserved=0x40), 1002),
    "the second reserved bit": (frame(b"{}", reserved=0x20), 1002),
    "the third reserved bit": (frame(b"{}", reserved=0x10), 1002),
    "a reserved opcode": (frame(b"{}", opcode=3), 1002),
    "a reserved control opcode": (frame(b"{}", opcode=11), 1002),
    "a ping of 126 bytes": (frame(b"x" * 126, opcode=OP_PING), 1002),
    "a ping in parts": (frame(b"x", opcode=OP_PING, final=False), 1002),
    "a continuation of nothing": (frame(b"{}", opcode=0), 1002),
    "a message within a message": (
        frame(b"{", final=False) + frame(b"}"), 1002),
    "a message of 65 KiB": (frame(b" " * 65 * 1024), 1009),
    "a message of 65 KiB in parts": (
        frame(b" " * 40_000, final=False) + frame(b" " * 26_000, opcode=0),
        1009),
    "a frame said to be of 2^62 bytes": (
        b"\x81\xff\x40\0\0\0\0\0\0\0\1\2\3\4", 1009),
    "a frame said to be of 2^63 bytes": (
        b"\x81\xff\x80\0\0\0\0\0\0\0\1\2\3\4", (1002, 1009)),
    "a length in a longer form than it needs": (
        b"\x81\xfe\x00\x02\1\2\3\4" + b"{}", 1002),
    "a text that is no UTF-8": (frame(b'{"type":"\xff"}'), 1007),
    "a text cut in the middle of a character": (frame(b"\xc3"), 1007),
    "a surrogate": (frame(b"\xed\xa0\x80"), 1007),
    "a close of one byte": (frame(b"x", opcode=8), 1002),
    "a close with a code that none may send": (frame(b"\x03\xed", opcode=8), 1002),
    "a flood of pings": (frame(b"", opcode=OP_PING) * 5000, 1008),
}
