"""Compare builds of the server, or settings: all are started, and asked in turns, the others stopped.

    python3 benchmarks/versions.py MODEL_FOLDER PROGRAM[,MODEL_CONFIG] PROGRAM[,MODEL_CONFIG] ...

The first is what the others are compared with. The same again shows what the machine's
own changes are. ONNXRUNTIME_LIB names the library. Needs Python alone.
"""

import argparse
import base64
import itertools
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

# What is asked: kinds of items, and clients of each at a time.
LOADS = [
    (kinds, clients)
    for kinds, numbers in ((["texts"], (16, 1)), (["pictures"], (16, 1)), (["texts", "pictures"], (16, 2, 1)))
    for clients in numbers
]


class Server:
    """A server of its own process, which is asked over HTTP."""

    def __init__(self, program, model, settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        program, _, config = program.partition(",")
        self.name = os.path.basename(program) + (f", {os.path.basename(config)}" if config else "")
        self.process = subprocess.Popen(
            [os.path.abspath(program), "serve", "-device", "cpu", "-model", model, "-address", "127.0.0.1", "-port", str(self.port), "-app-config", settings]
            + (["-model-config", config] if config else []),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ready(self):
        for _ in range(300):
            if self.process.poll() is not None:
                sys.exit(f"{self.name} has ended with {self.process.returncode}")
            try:
                return self.get("/ready")
            except OSError:
                time.sleep(0.2)
        sys.exit(f"{self.name} is not ready within a minute")

    def get(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.read()

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def turn(self, duration, clients, kinds):
        """Ask for items of each kind for so many seconds. Return, for each, items a second and the median seconds of an answer; and last how many cores were busy."""
        took, failed, end = {kind: [] for kind in kinds}, [], time.monotonic() + duration

        def client(kind, new_item):
            try:
                while time.monotonic() < end:
                    body = json.dumps({"input": [new_item()]}).encode()
                    began = time.monotonic()
                    item = json.loads(self.get("/v1/embeddings", body))["data"][0]
                    took[kind].append(time.monotonic() - began)
                    if item.get("error"):
                        raise ValueError(item["error"]["message"])
            except Exception as e:  # Whatever it is, an item lost must not look like a slow server.
                failed.append(e)

        threads = [threading.Thread(target=client, args=kind) for kind in kinds.items() for _ in range(clients)]
        began, cpu = time.monotonic(), self.cpu_seconds()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        if failed:
            sys.exit(f"{self.name}: {failed[0]}")
        return [v for t in took.values() for v in (len(t) / seconds, statistics.median(t))] + [(self.cpu_seconds() - cpu) / seconds]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--picture", default="inference/testdata/pictures/river-mouth-444.jpg")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2, help="of a turn")
    args = parser.parse_args()
    with open(args.picture, "rb") as file:
        picture = file.read()
    number = itertools.count()
    # No two items are the same, so that no cache knows them.
    items = {
        "texts": lambda: f"a remote sensing image of a harbour with many boats next to storage tanks number {next(number)}",
        "pictures": lambda: {"image": "data:image/jpeg;base64," + base64.b64encode(picture + str(next(number)).encode()).decode()},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as settings:
        settings.write("cache: {text_mib: -1}\n")
        settings.flush()
        servers = [Server(p, args.model, settings.name) for p in args.programs]
        try:
            for server in servers:
                server.ready()
            print("| load | program | items a second | of the first's | median answer | of the first's | cores busy |")
            print("|---|---|---|---|---|---|---|")
            for kinds, clients in LOADS:
                seen = [[] for _ in servers]
                for turn in range(args.rounds):
                    order = list(range(len(servers)))
                    for i in order[turn % len(order) :] + order[: turn % len(order)]:
                        for other in servers:
                            other.process.send_signal(signal.SIGCONT if other is servers[i] else signal.SIGSTOP)
                        seen[i].append(servers[i].turn(args.seconds, clients, {kind: items[kind] for kind in kinds}))
                for server, turns in zip(servers, seen):
                    of_first = [[t / f for t, f in zip(turn, first)] for turn, first in zip(turns, seen[0])]
                    for k, kind in enumerate(kinds):
                        beside = f" beside {kinds[1 - k]}" if len(kinds) > 1 else ""
                        rate, answer = (statistics.median(t[c] for t in turns) for c in (2 * k, 2 * k + 1))
                        rates, answers = (statistics.median(t[c] for t in of_first) for c in (2 * k, 2 * k + 1))
                        cores = statistics.median(t[-1] for t in turns)
                        print(f"| {kind}, {clients} at a time{beside} | {server.name} | {rate:.2f} | {rates:.3f} | {answer:.3f} s | {answers:.3f} | {cores:.2f} |", flush=True)
        finally:
            for server in servers:
                server.process.send_signal(signal.SIGCONT)
                server.process.terminate()
                server.process.wait()


if __name__ == "__main__":
    main()
