"""Exact search of the same vectors by rsclip and by others, on two threads, in one run.

    compare.py --search PROGRAM --work FOLDER [--rows N] [--dimensions N] [--only NAME...]

PROGRAM is what `go build ./benchmarks/search` makes. All that hold embeddings in 32
bits are exact; the recall of the others is against faiss's flat index. Rounds take
turns, so that a machine that gets busy slows down all alike. CPU is that of all cores.
"""

import argparse
import glob
import itertools
import json
import os
import resource
import statistics
import subprocess
import time

import numpy as np

THREADS = 2
TOP = 10


def vectors_of(work):
    """The floats of each file of vectors, of which nothing is read yet; see inference/scan/scan.go for the format."""
    parts = []
    for path in sorted(glob.glob(os.path.join(work, "*.vectors"))):
        rows, dimensions = np.fromfile(path, "<u8", 2, offset=16).astype(int)
        up = lambda n: (n + 63) // 64 * 64
        at = up(up(64 + 8 * rows) + rows * dimensions)
        parts.append(np.memmap(path, "<f4", "r", at, (rows, dimensions)))
    return parts


def faiss_index(kind):
    def make(parts):
        import faiss

        faiss.omp_set_num_threads(THREADS)
        if kind is None:
            index = faiss.IndexFlatIP(parts[0].shape[1])
        else:
            index = faiss.IndexScalarQuantizer(parts[0].shape[1], kind(faiss.ScalarQuantizer), faiss.METRIC_INNER_PRODUCT)
            index.train(parts[0])
        for part in parts:
            index.add(part)
        return lambda q: index.search(q[None], TOP)[1][0]

    return make


def usearch_exact(dtype):
    def make(parts):
        from usearch.index import search

        x = np.concatenate(parts)
        scaled = np.rint(x * (127 / np.abs(x).max())).astype(np.int8) if dtype == "i8" else x

        def find(q):
            if dtype == "i8":
                q = np.rint(q * (127 / np.abs(q).max())).astype(np.int8)
            return search(scaled, q, TOP, metric="ip" if dtype == "f32" else "cos", exact=True, threads=THREADS).keys

        return find

    return make


def duckdb_scan(parts):
    import duckdb

    db = duckdb.connect()
    db.execute(f"SET threads = {THREADS}")
    n = parts[0].shape[1]
    db.execute(f"CREATE TABLE t (id INT, v FLOAT[{n}])")
    import pyarrow as pa

    at = 0
    for part in parts:
        batch = pa.table({"id": np.arange(at, at + len(part), dtype="i4"), "v": pa.FixedSizeListArray.from_arrays(part.ravel(), n)})
        db.execute("INSERT INTO t SELECT * FROM batch")
        at += len(part)
    sql = f"SELECT id FROM t ORDER BY array_inner_product(v, ?::FLOAT[{n}]) DESC LIMIT {TOP}"
    return lambda q: [row[0] for row in db.execute(sql, [q.tolist()]).fetchall()]


def sqlite_scan(parts):
    import apsw  # Python's own sqlite3 may be built without extensions.
    import sqlite_vec

    db = apsw.Connection(":memory:")
    db.enable_load_extension(True)
    db.load_extension(sqlite_vec.loadable_path())
    db.execute(f"CREATE VIRTUAL TABLE t USING vec0(v float[{parts[0].shape[1]}])")
    with db:
        db.executemany("INSERT INTO t (rowid, v) VALUES (?, ?)", ((i, v.tobytes()) for i, v in enumerate(itertools.chain(*parts))))
    sql = f"SELECT rowid FROM t WHERE v MATCH ? ORDER BY distance LIMIT {TOP}"
    return lambda q: [row[0] for row in db.execute(sql, [q.tobytes()])]


PEERS = {
    "faiss flat, 32 bits": faiss_index(None),
    "faiss, 16 bits": faiss_index(lambda q: q.QT_fp16),
    "faiss, 8 bits": faiss_index(lambda q: q.QT_8bit),
    "usearch exact, 32 bits": usearch_exact("f32"),
    "usearch exact, 8 bits": usearch_exact("i8"),
    "DuckDB, 32 bits": duckdb_scan,
    "sqlite-vec, 32 bits, one thread": sqlite_scan,
}


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def anonymous_mib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) >> 10 for line in status if line.startswith("RssAnon"))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--search", required=True)
    options.add_argument("--work", required=True)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--dimensions", type=int, default=1024)
    options.add_argument("--queries", type=int, default=20)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", nargs="*", default=list(PEERS))
    o = options.parse_args()

    if not glob.glob(os.path.join(o.work, "*.vectors")):
        subprocess.run([o.search, "-work", o.work, "-rows", str(o.rows), "-dimensions", str(o.dimensions), "-make"], check=True)

    def ours():
        out = subprocess.run([o.search, "-work", o.work, "-queries", str(o.queries)], check=True, capture_output=True, text=True, env={**os.environ, "GOMAXPROCS": str(THREADS)})
        return json.loads(out.stdout)

    runs = [ours()]
    queries = np.array(runs[0]["Queries"], dtype=np.float32)
    parts = vectors_of(o.work)
    tiles, bytes = sum(map(len, parts)), sum(part.nbytes for part in parts)
    finders, memory = {}, {}
    for name in o.only:
        before = anonymous_mib()
        finders[name] = PEERS[name](parts)
        memory[name] = anonymous_mib() - before
    seconds = {name: [] for name in finders}
    spent = {name: 0.0 for name in finders}
    found = {name: {} for name in finders}
    for round in range(o.rounds):
        if round:
            runs.append(ours())
        for name, find in finders.items():
            find(queries[0])
            for n, q in enumerate(queries):
                start, before = time.perf_counter(), cpu()
                found[name][n] = [int(i) for i in find(q)]
                seconds[name].append(time.perf_counter() - start)
                spent[name] += (cpu() - before) / len(queries) / o.rounds

    truth = found.get("faiss flat, 32 bits") or {n: list(np.argsort(-np.concatenate([part @ q for part in parts]))[:TOP]) for n, q in enumerate(queries)}
    recall = lambda answers: statistics.mean(len(set(answers[n]) & set(truth[n])) / TOP for n in range(len(queries)))
    mine = sorted(s for r in runs for s in r["Seconds"])
    rows = [("rsclip", mine, statistics.mean(r["CPU"] for r in runs), recall(dict(enumerate(runs[0]["Rows"]))), f"{runs[-1]['AnonMiB']}, and {bytes * 5 // 4 >> 20} of files")]
    rows += [(name, sorted(seconds[name]), spent[name], recall(found[name]), str(memory[name])) for name in finders]
    print(f"{tiles:,} tiles of {parts[0].shape[1]} numbers, {len(queries)} queries, {o.rounds} rounds; opened in {min(r['OpenSeconds'] for r in runs):.1f} s, {min(r['OpenCPU'] for r in runs):.1f} s of CPU\n")
    print("| search | median, ms | P95, ms | CPU, ms | of rsclip's CPU | recall@10 | memory, MiB |\n|---|---|---|---|---|---|---|")
    for name, times, used, share, mib in rows:
        print(f"| {name} | {1e3 * statistics.median(times):.0f} | {1e3 * times[int(0.95 * len(times))]:.0f} | {1e3 * used:.0f} | {used / rows[0][2]:.1f} | {share:.3f} | {mib} |")


if __name__ == "__main__":
    main()
