# SPDX-License-Identifier: BSD-3-Clause
"""What Prometheus is told of a robot, read by Prometheus's own programs where
they are."""

import shutil
import subprocess

from robot_case import LIMIT, run_tests
from web_case import TOKEN, WebCase


class Metrics(WebCase):
    def metrics(self):
        answer = self.ask("GET", "/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.fields["content-type"],
                         "text/plain; version=0.0.4; charset=utf-8")
        return answer.body.decode()

    def start_it(self):
        self.start_page(
            '--process.arm.command=["/bin/sleep", "1000"]',
            '--process.leg.command=["/bin/false"]',
            "--process.leg.on-failure=ignore")

    def values(self):
        """By name and labels as they are written."""
        result = {}
        for line in self.metrics().splitlines():
            if not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                result[name] = float(value)
        return result

    def test_the_robot_and_its_processes_are_told(self):
        self.start_it()
        ended = 'robot_runtime_process_last_exit_code{process="leg"}'
        self.wait_until(lambda: ended in self.values())
        seen = self.values()
        self.assertEqual(seen[ended], 1)
        self.assertEqual(seen['robot_runtime_info{name="robot"}'], 1)
        self.assertEqual(seen['robot_runtime_state{state="running"}'], 1)
        self.assertEqual(seen["robot_runtime_latched"], 0)
        of_arm = '{process="arm"%s}'
        running = of_arm % ',state="running"'
        self.assertEqual(seen["robot_runtime_process_state" + running], 1)
        self.assertGreater(
            seen["robot_runtime_process_resident_bytes" + of_arm % ""], 4096)
        self.assertGreater(seen["robot_runtime_web_requests_total"], 0)
        before = seen["robot_runtime_broker_calls_total"]
        self.assertEqual(self.run_command("status").returncode, 0)
        self.assertGreater(self.values()["robot_runtime_broker_calls_total"],
                           before)

    def test_every_counter_of_the_status_is_told(self):
        self.start_it()
        status = self.status()
        told = self.values()
        for part in ("log", "control", "update", "broker", "web"):
            numbers = [x for x in status[part].values() if isinstance(x, int)]
            names = [x for x in told if x.startswith(f"robot_runtime_{part}_")]
            self.assertEqual(len(names), len(numbers), names)

    def test_promtool_finds_nothing(self):
        if shutil.which("promtool") is None:
            self.skipTest("there is no promtool (Debian's prometheus)")
        self.start_it()
        checked = subprocess.run(
            ["promtool", "check", "metrics"], input=self.metrics(),
            capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr),
                         (0, ""))

    def test_another_reader_of_the_format_reads_all_of_it(self):
        try:
            from prometheus_client.parser import text_string_to_metric_families
        except ImportError:
            self.skipTest("there is no python3-prometheus-client")
        self.start_it()
        text = self.metrics()
        families = list(text_string_to_metric_families(text))
        lines = [x for x in text.splitlines() if not x.startswith("#")]
        self.assertEqual(sum(len(x.samples) for x in families), len(lines))
        for each in families:
            self.assertTrue(each.name.startswith("robot_runtime_"))
            self.assertTrue(each.documentation)

    def test_a_token_is_asked_for(self):
        self.make_token()
        self.start_page()
        self.assertEqual(self.ask("GET", "/metrics").status, 401)
        answer = self.ask("GET", "/metrics", f"Authorization: Bearer {TOKEN}")
        self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    run_tests()
