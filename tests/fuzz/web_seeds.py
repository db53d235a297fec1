# SPDX-License-Identifier: BSD-3-Clause
"""Seeds of what clients of the robot's page send."""

TOKEN = "0123456789abcdefghijABCDEFGHIJ_-"
HOST = "Host: localhost:8080"
BEARER = f"Authorization: Bearer {TOKEN}"
COOKIE = f"Cookie: a=b; robot-runtime-8080={TOKEN}"


def request(line, *fields, body=""):
    head = "\r\n".join((line + " HTTP/1.1", *fields, "", ""))
    return (head + body).encode()


def web_request():
    page = request("GET /", HOST, BEARER, "Origin: http://localhost:8080")
    upgrade = ("Connection: Upgrade", "Upgrade: websocket",
               "Sec-WebSocket-Version: 13",
               "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    yield "page", page
    yield "pipelined", page + request("GET /status", HOST, COOKIE) + page
    yield "link", request(f"GET /?token={TOKEN}&x=1", "Host: rover.local:8080")
    yield "record", request("GET /records/a-1.mcap", "Host: [::1]:8080")
    yield "record-other", request("GET /records/../a", "host: 192.168.1.5:8080")
    yield "stop", request("POST /estop", HOST, COOKIE, "Content-Length: 8",
                          body='{"a": 1}')
    yield "chunked", request("POST /estop", HOST, "Transfer-Encoding: chunked",
                             body="3;x=y\r\nabc\r\n0\r\nHost: a\r\n\r\n")
    yield "stream", request("GET /stream", HOST, *upgrade, "Origin: null",
                            "Sec-WebSocket-Protocol: x, robot-runtime.v1")
    yield "usual-port", request("GET /", "Host: rover", BEARER, COOKIE,
                                "Origin: https://rover:443")
    yield "gzip", request("GET /", HOST, "Accept-Encoding: br;q=1, gzip;q=0.0")
    yield "empty-lines", b"\r\n\r\n" + page + b"\r\n\r\n\r\n" + page
    yield "bad-host", request("GET /", "Host: evil.example:8080", HOST)
    yield "bad-ports", request("GET /", "Host: localhost:080800:")
    yield "bad-fold", request("GET /", HOST, "A: b", " Host: c")
    yield "bad-feed", page.replace(b"\r\n", b"\n")
    yield "bad-both", request("POST /estop", HOST, "Content-Length: 3",
                              "Transfer-Encoding: chunked", body="0\r\n\r\n")
    yield "bad-version", request("GET /", HOST).replace(b"1.1", b"2.0")
    yield "bad-length", request("POST /estop", HOST, "Content-Length: 99999")


def web_address():
    for name, text in {
        "loopback": "http://127.0.0.1:8080",
        "name": "http://localhost:80",
        "secure": "https://0.0.0.0:443",
        "six": "http://[::1]:8080",
        "six-zone": "https://[fe80::1%eth0]:1",
        "interface": "http://eth0:8080",
        "all": "http://*:8080",
        "bad-port": "http://localhost:65536",
        "bad-path": "http://localhost:80/x",
        "bad-scheme": "ftp://localhost:80",
    }.items():
        yield name, text.encode()


def lines(*each):
    return "\n".join(each).encode()


def page_stream():
    pad = '{"type":"gamepad","index":0,"lx":0.5,"ly":1,"btn":3,"seq":1}'
    yield "drive", lines(pad, "!drive", '{"type":"take_control","id":1}', pad,
                         "!second", "!drive", pad, "!", pad)
    yield "log", lines('{"type":"subscribe","id":"a","log":{"level":"debug"}}',
                       "!log", "!log", "!second", "!",
                       '{"type":"subscribe","log":null}', "!log")
    yield "values", lines(
        '{"type":"subscribe","values":{"uids":["*","a:0"],"rate":60}}', "!",
        '{"type":"subscribe","values":null,"log":{}}', "!second", "!state")
    yield "orders", lines(
        '{"type":"order","id":2,"process":"a","what":"restart"}',
        '{"type":"order","id":2,"process":"a","what":"stop"}', "!failed",
        '{"type":"request","id":3,"device":"b","param":"p","value":[1,true]}',
        "!done", "!")
    yield "stop", lines('{"type":"estop","id":4,"reason":"why"}', "!",
                        '{"type":"estop","id":{},"reason":[1]}')
    yield "stop-escaped", b'{"type":"e\\u0073top"}'
    yield "bad", lines("{}", "[]", "{", '{"type":1}', '{"type":"x","id":[]}',
                       '{"type":"gamepad","index":16}', "!second",
                       '{"type":"order","process":"a"}', "\0", "[" * 99)


def foxglove():
    def subscribe(*pairs):
        return '{"op":"subscribe","subscriptions":[%s]}' % ",".join(
            '{"id":%s,"channelId":%s}' % pair for pair in pairs)

    def unsubscribe(*ids):
        return '{"op":"unsubscribe","subscriptionIds":[%s]}' % ",".join(ids)

    yield "log", lines(subscribe((0, 1)), "!log", "!log", "!", "!second")
    yield "all", lines("!state", "!control", subscribe((7, 1), (8, 2), (9, 3)),
                       "!", "!state", "!control", "!log", "!second", "!")
    yield "less", lines(subscribe((5, 2), (5, 3)), "!state", unsubscribe("5"),
                        "!state", "!", subscribe((5, 2)), "!state")
    yield "bad", lines(subscribe((1, 99), (-1, 2)), unsubscribe("4", '"x"'),
                       '{"op":"advertise","channels":[]}', "[]", "!second",
                       '{"op":5}', "!", '{"op":"subscribe"}')
    yield "bad-bytes", b"\xff\xfe\n\x01\0\0\0\0"
    yield "bad-deep", lines(subscribe(("[" * 9000 + "]" * 9000, 1)))
