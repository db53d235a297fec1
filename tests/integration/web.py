#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The robot's page from outside: who may see it, what it says, and that it stops
the robot.
usage: web.py ROBOT-RUNTIME FOLDER-OF-BUILT-MODULE"""

import asyncio
import base64
import gzip
import hashlib
import http.client
import json
import os
import pty
import re
import signal
import ssl
import stat
import subprocess
from pathlib import Path

import websockets

from robot_case import LIMIT, RobotCase, free_port, run_tests
from web_case import TOKEN, WebCase

SLEEPER = '["/bin/sh", "-c", "while :; do sleep 1; done"]'


def threads_of(pid):
    return [
        (task / "comm").read_text().strip()
        for task in Path(f"/proc/{pid}/task").iterdir()
    ]


class Page(WebCase):
    def test_the_page_comes_packed_or_not_and_once(self):
        self.start_page()
        plain = self.ask("GET", "/")
        packed = self.ask("GET", "/", "Accept-Encoding: br, gzip")
        self.assertEqual((plain.status, packed.status), (200, 200))
        self.assertEqual(packed.fields["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertNotEqual(plain.fields["etag"], packed.fields["etag"])
        self.assertEqual(plain.fields["cache-control"], "no-cache")
        self.assertEqual(plain.fields["vary"], "Accept-Encoding")
        again = self.ask("GET", "/", f"If-None-Match: {plain.fields['etag']}")
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertIn(b"/estop", plain.body)

    def test_the_page_may_run_its_own_program_and_nothing_else(self):
        self.start_page()
        answer = self.ask("GET", "/")
        policy = answer.fields["content-security-policy"]
        for part in ("default-src 'none'", "connect-src 'self'",
                     "frame-ancestors 'none'", "base-uri 'none'"):
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)
        text = answer.body.decode()
        parts = re.findall(r"<(script|style)[^>]*>(.+?)</\1>", text, re.S)
        self.assertTrue(parts)
        for _, part in parts:
            digest = hashlib.sha256(part.encode()).digest()
            self.assertIn(base64.b64encode(digest).decode(), policy)
        self.assertEqual(answer.fields["x-content-type-options"], "nosniff")
        self.assertEqual(answer.fields["referrer-policy"], "no-referrer")

    def test_status_is_what_the_command_prints(self):
        robot = self.start_page(f"--process.arm.command={SLEEPER}")
        self.wait_until(
            lambda: self.status()["processes"][0]["state"] == "running")
        ours = self.status()
        theirs = json.loads(self.run_command("status", "--format=json").stdout)
        self.assertEqual(ours.keys(), theirs.keys())
        for key in ("name", "state", "latched", "endpoints"):
            self.assertEqual(ours[key], theirs[key])
        self.assertEqual(
            ours["processes"][0]["pid"], theirs["processes"][0]["pid"])
        self.assertEqual(ours["web"]["address"], f"http://{self.host}")
        served = [e for e in self.events(robot) if e["event"] == "Page served"]
        self.assertEqual(served[0]["address"], f"http://{self.host}")

    def test_a_stop_from_the_page_stops_the_robot_and_is_latched(self):
        robot = self.start_page(f"--process.arm.command={SLEEPER}")
        self.wait_until(
            lambda: self.status()["processes"][0]["state"] == "running")
        answer = self.ask("POST", "/estop", body=b'{"reason":"smoke"}')
        self.assertEqual(answer.status, 200)
        latency = json.loads(answer.body)["signal_latency_us"]
        out, _ = robot.communicate(timeout=LIMIT)
        self.assertEqual(robot.returncode, 255)
        events = [json.loads(line) for line in out.splitlines()]
        stop = next(
            e for e in events if e["event"] == "Received emergency stop")
        self.assertEqual(stop["cause"], "smoke")
        self.assertEqual(stop["signal_latency_us"], latency)
        latch = json.loads((self.folder / "state/latch.json").read_text())
        self.assertEqual(latch["cause"], "smoke")
        self.assertEqual(self.start("run").wait(LIMIT), 3)

    def test_a_stop_comes_through_while_every_connection_is_taken(self):
        robot = self.start_page()
        idle = [self.connect() for _ in range(200)]
        half = self.request("GET", "/status")[:-2]
        for stream in idle[::2]:
            try:
                stream.sendall(half)
            except OSError:
                pass  # it has made room for another one
        answer = self.ask("POST", "/estop", body=b"{}")
        self.assertEqual(answer.status, 200)
        self.assertEqual(robot.wait(LIMIT), 255)

    def test_a_black_box_is_handed_out(self):
        self.start_page()
        self.assertEqual(self.ask("GET", "/records/one.mcap").status, 404)
        folder = self.folder / "state/records"
        folder.mkdir(exist_ok=True)
        (folder / "one.mcap").write_bytes(bytes(range(256)) * 1000)
        (folder / "link.mcap").symlink_to("../latch.json")
        answer = self.ask("GET", "/records/one.mcap")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.body, bytes(range(256)) * 1000)
        self.assertEqual(self.ask("GET", "/records/link.mcap").status, 404)
        # The folder may hold other things.
        for name in ("notes.txt", "one.mcap.7.mcap.part"):
            (folder / name).write_text("mine")
            self.assertEqual(self.ask("GET", f"/records/{name}").status, 404)

    def test_an_address_that_is_taken_ends_the_start_with_one_line(self):
        self.start_page()
        other = [
            x.replace("/run", "/run2").replace("/state", "/state2")
            for x in self.options if "prefix" not in x and "control" not in x
        ]
        done = subprocess.run(
            [self.program, "run", *other,
             f"--control.address=udp://127.0.0.1:{free_port()}"],
            env=self.environment, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 1)
        self.assertIn(
            f"cannot serve http://{self.host}: address already in use",
            done.stderr)

    def test_an_orderly_stop_is_not_held_up_by_clients(self):
        robot = self.start_page()
        streams = [self.connect() for _ in range(20)]
        for stream in streams:
            stream.sendall(self.request("GET", "/status"))
        names = [event["event"] for event in self.events(robot)]
        self.assertEqual(robot.returncode, 0)
        self.assertNotIn("Unhandled error", names)


class Token(WebCase):
    def test_the_link_gives_the_cookie_and_that_the_page(self):
        self.make_token()
        self.start_page()
        answer = self.ask("GET", f"/?token={TOKEN}")
        self.assertEqual(answer.status, 303)
        self.assertEqual(answer.fields["location"], "/")
        cookie = answer.fields["set-cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(part, cookie)
        self.assertNotIn("Secure", cookie)
        escaped = TOKEN.replace("-", "%2D").replace("_", "%5f")
        self.assertEqual(self.ask("GET", f"/?token={escaped}").status, 303)
        pair = cookie.split(";")[0]
        self.assertEqual(self.ask("GET", "/", f"Cookie: {pair}").status, 200)
        self.assertEqual(self.ask("GET", "/").status, 401)
        self.assertEqual(
            self.ask("GET", "/").fields["www-authenticate"],
            'Bearer realm="robot"')

    def test_commands_that_make_it_at_the_same_time_make_one(self):
        self.options.append(f"--web.token-file={self.folder}/token")
        several = [self.start("token") for _ in range(8)]
        links = {x.communicate(timeout=LIMIT) for x in several}
        self.assertEqual({x.returncode for x in several}, {0}, links)
        self.assertEqual(len(links), 1)
        self.assertEqual([x.name for x in self.folder.glob("token*")],
                         ["token"])

    def test_the_command_makes_a_token_that_the_page_takes(self):
        path = self.folder / "token"
        self.options.append(f"--web.token-file={path}")
        self.assertEqual(self.start("run").wait(LIMIT), 2)
        first = self.run_command("token")
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        link = re.fullmatch(rf"http://{self.host}(/\?token=([\w-]+))\n",
                            first.stdout)
        self.assertTrue(link)
        self.assertGreaterEqual(len(link[2]), 22)
        self.assertEqual(self.run_command("token").stdout, first.stdout)
        self.start_page()
        self.assertEqual(self.ask("GET", link[1]).status, 303)

    def test_a_terminal_gets_the_link_as_a_code_too(self):
        self.make_token()
        primary, secondary = pty.openpty()
        try:
            done = subprocess.run(
                self.command("token"), env=self.environment | {"TERM": "xterm"},
                stdout=secondary, stderr=subprocess.PIPE, timeout=LIMIT)
            shown = os.read(primary, 65536).decode()
        finally:
            os.close(primary)
            os.close(secondary)
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"?token={TOKEN}", shown)
        rows = [x for x in shown.splitlines() if x.startswith("\x1b[30;107m")]
        self.assertGreater(len(rows), 15)
        self.assertEqual(len({len(row) for row in rows}), 1)

    def test_without_a_page_or_a_token_the_command_says_so(self):
        no_token = self.run_command("token")
        self.assertEqual(no_token.stdout, f"http://{self.host}/\n")
        self.assertIn("web.token-file is not set", no_token.stderr)
        self.options.append("--web.address=")
        no_page = self.run_command("token")
        self.assertEqual(no_page.returncode, 2)
        self.assertIn("web.address is not set", no_page.stderr)

    def test_what_would_be_open_to_others_is_refused_by_check(self):
        path = self.make_token()
        def fault():
            done = self.run_command("check")
            return done.returncode, done.stderr

        self.assertEqual(fault()[0], 0)
        os.chmod(path, 0o644)
        self.assertEqual(fault()[0], 2)
        self.assertIn("others than its owner may read", fault()[1])
        os.chmod(path, 0o600)
        path.write_text("short\n")
        self.assertIn("expected at least 22", fault()[1])
        path.unlink()
        self.assertIn("no such file", fault()[1])
        self.options = [x for x in self.options if "token-file" not in x]
        self.options.append(f"--web.address=http://0.0.0.0:{self.web_port}")
        code, text = fault()
        self.assertEqual(code, 2)
        self.assertIn("is not loopback, expected web.token-file", text)


class Secure(WebCase):
    def setUp(self):
        super().setUp()
        self.certificate = self.folder / "cert.pem"
        self.key = self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True)
        self.options = [x for x in self.options if "web.address" not in x] + [
            f"--web.address=https://{self.host}",
            f"--web.certificate={self.certificate}",
            f"--web.key={self.key}",
        ]

    def secured(self):
        context = ssl.create_default_context(cafile=str(self.certificate))
        return http.client.HTTPSConnection(
            "127.0.0.1", self.web_port, context=context, timeout=LIMIT)

    def test_the_page_is_served_over_tls_and_its_cookie_is_for_tls(self):
        self.make_token()
        robot = self.start_page()
        client = self.secured()
        client.request("GET", f"/?token={TOKEN}")
        answer = client.getresponse()
        answer.read()
        self.assertEqual(answer.status, 303)
        cookie = answer.getheader("Set-Cookie")
        self.assertIn("; Secure", cookie)
        for _ in range(3):
            client.request("GET", "/", headers={"Cookie": cookie.split(";")[0]})
            answer = client.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertGreater(len(answer.read()), 1000)
        # Who does not speak it is closed, and nobody else minds.
        for text in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff\x01"):
            with self.connect() as stream:
                stream.sendall(text)
                stream.shutdown(1)
                self.assertNotIn(b"HTTP", self.read_to_end(stream))
        client.request(
            "POST", "/estop", body=b"{}",
            headers={"Authorization": f"Bearer {TOKEN}"})
        self.assertIn(b"signal_latency_us", client.getresponse().read())
        self.assertEqual(robot.wait(LIMIT), 255)

    def test_old_protocols_are_not_spoken(self):
        self.start_page()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.connect() as stream, self.assertRaises(
                (ssl.SSLError, OSError)):
            context.wrap_socket(stream)

    def test_what_is_no_certificate_is_named(self):
        for file, text in ((self.certificate, "certificate"), (self.key, "key")):
            good = file.read_text()
            file.write_text("nonsense")
            done = self.run_command("check")
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"[web] {text}: cannot use the {text} {file}",
                          done.stderr)
            file.write_text(good)
        self.key.unlink()
        self.assertIn(f"[web] key: cannot read {self.key}: no such file",
                      self.run_command("check").stderr)
        self.options.pop()
        self.assertIn(
            "https:// needs web.certificate and web.key",
            self.run_command("check").stderr)


class Stream(WebCase):
    def test_a_library_of_others_speaks_with_it_until_the_robot_ends(self):
        robot = self.start_page()

        async def speak():
            async with websockets.connect(
                f"ws://{self.host}/stream", subprotocols=["robot-runtime.v1"],
                open_timeout=LIMIT, max_size=None,
            ) as client:
                self.assertEqual(client.subprotocol, "robot-runtime.v1")
                first = json.loads(await client.recv())
                self.assertEqual(first["type"], "state")
                await asyncio.wait_for(await client.ping(), LIMIT)
                robot.send_signal(signal.SIGTERM)
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    while True:
                        await asyncio.wait_for(client.recv(), LIMIT)
                return closed.exception.rcvd.code

        self.assertEqual(asyncio.run(speak()), 1001)
        self.assertEqual(robot.wait(LIMIT), 0)


class NoPage(RobotCase):
    def test_without_an_address_there_is_no_thread(self):
        robot = self.start_robot()
        self.assertNotIn("rr-web", threads_of(robot.pid))
        status = json.loads(self.run_command("status", "--format=json").stdout)
        self.assertNotIn("web", status)


if __name__ == "__main__":
    run_tests()
