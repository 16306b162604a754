"""Compare builds of the server: all are started, and asked in turns, the others stopped.

    python3 benchmarks/versions.py MODEL_FOLDER PROGRAM PROGRAM [PROGRAM ...]

The first program is what the others are compared with. A second copy of it shows what
the machine's own changes are. ONNXRUNTIME_LIB names the library. Needs Python alone.
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

# What is asked: a name, clients at a time, and items of a turn.
LOADS = [("texts", 16, 60), ("texts", 1, 24), ("pictures", 16, 32), ("pictures", 1, 10)]


class Server:
    """A server of its own process, which is asked over HTTP."""

    def __init__(self, program, model, settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.name = program
        self.process = subprocess.Popen(
            [program, "serve", "-device", "cpu", "-model", model, "-address", "127.0.0.1", "-port", str(self.port), "-app-config", settings],
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

    def turn(self, items, clients, new_item):
        """Ask for so many items. Return items a second, seconds of the processor an item, and the median seconds of an answer."""
        left, lock, took = iter(range(items)), threading.Lock(), []

        def client():
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                    body = json.dumps({"input": [new_item()]}).encode()
                began = time.monotonic()
                self.get("/v1/embeddings", body)
                took.append(time.monotonic() - began)

        threads = [threading.Thread(target=client) for _ in range(clients)]
        began, cpu = time.monotonic(), self.cpu_seconds()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        if len(took) != items:
            sys.exit(f"{self.name} has answered {len(took)} of {items}")
        return items / seconds, (self.cpu_seconds() - cpu) / items, statistics.median(took)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--picture", default="inference/testdata/pictures/river-mouth-444.jpg")
    parser.add_argument("--rounds", type=int, default=8)
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
        servers = [Server(os.path.abspath(p), args.model, settings.name) for p in args.programs]
        try:
            for server in servers:
                server.ready()
            print("| load | program | items a second | of the first's | processor's time of an item | of the first's | median answer | of the first's |")
            print("|---|---|---|---|---|---|---|---|")
            for what, clients, count in LOADS:
                seen = [[] for _ in servers]
                for turn in range(args.rounds):
                    order = list(range(len(servers)))
                    for i in order[turn % len(order) :] + order[: turn % len(order)]:
                        for other in servers:
                            other.process.send_signal(signal.SIGCONT if other is servers[i] else signal.SIGSTOP)
                        seen[i].append(servers[i].turn(count, clients, items[what]))
                for server, turns in zip(servers, seen):
                    cells = [f"{what}, {clients} at a time", os.path.basename(server.name)]
                    for column, form in enumerate(("{:.2f}", "{:.4f} s", "{:.3f} s")):
                        cells.append(form.format(statistics.median(t[column] for t in turns)))
                        cells.append(f"{statistics.median(t[column] / first[column] for t, first in zip(turns, seen[0])):.3f}")
                    print("| " + " | ".join(cells) + " |", flush=True)
        finally:
            for server in servers:
                server.process.send_signal(signal.SIGCONT)
                server.process.terminate()
                server.process.wait()


if __name__ == "__main__":
    main()
