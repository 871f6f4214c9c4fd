#!/usr/bin/env python3
"""The log pane beside its peers, in one run, in a pseudo-terminal of 120x40: what a person at the other end would feel.

  log_peers.py flood [RATE] [SECONDS]  a container that writes 20,000 lines/s: pult, oxker, docker logs -f
  log_peers.py ledger [RATE] [SECONDS] 100,000 lines/s, on screen with the ledger open; what docker logs -f gets of it
  log_peers.py merged                  twenty containers of 1,000 lines/s in one view
  log_peers.py long                    a container with 10,000,000 lines: opened at its end, paged back; docker logs, oxker
  log_peers.py file [PATH]             a file of 1 GB (made if absent): first screen, a rare text; rg, lnav
  log_peers.py text                    one million lines of that file: texts in any case; rg -i, lnav (pult: cargo bench --bench book)

Wants: Linux, Docker at its usual socket, gcc, python3-pyte, and the peers in PATH (one that is absent is left out).
PULT names the binary, default target/release/pult.
"""
import os, re, shutil, statistics, subprocess, sys, tempfile, time
from terminal import FRAME_END, Terminal, percentiles

HERE = os.path.dirname(os.path.abspath(__file__))
PULT = os.path.abspath(os.environ.get("PULT", os.path.join(HERE, "../../target/release/pult")))
SCRATCH = tempfile.mkdtemp(prefix="pult-peers-")
IMAGE = "pult-bench/numbered:1"
def pult(*words, **options):
    config = os.path.join(SCRATCH, "config.toml")
    open(config, "w").write('[[docker]]\nname = "here"\nhost = "unix:///var/run/docker.sock"\n')
    shutil.rmtree(os.path.join(SCRATCH, "state"), ignore_errors=True)
    return Terminal([PULT, *words], PULT_CONFIG=config, PULT_STATE_DIR=os.path.join(SCRATCH, "state"), **options)


def docker(*words):
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.strip()


def writer(rate, lines, name="bench-numbered", delay=0):
    """A container that writes numbered lines, after so many seconds."""
    if not docker("images", "-q", IMAGE):
        program = os.path.join(SCRATCH, "numbered")
        subprocess.run(["gcc", "-O2", "-static", "-o", program, os.path.join(HERE, "numbered.c")], check=True)
        pack = subprocess.Popen(["tar", "-C", SCRATCH, "-c", "numbered"], stdout=subprocess.PIPE)
        subprocess.run(["docker", "import", "-", IMAGE], stdin=pack.stdout, check=True, capture_output=True)
    subprocess.run(["docker", "rm", "-f", name], capture_output=True)
    docker("run", "-d", "--name", name, IMAGE, "/numbered", str(rate), str(lines), str(delay))
    return name


def absent(program):
    if not shutil.which(program):
        print(f"{program:12} is not here")
    return not shutil.which(program)


def stamps(text):
    return [int(stamp) for stamp in re.findall(r"lat=(\d{13})", text)]


def watch(label, terminal, seconds, screen=True):
    """What a viewer costs while lines pour in, and how old its newest line is whenever it has drawn."""
    lags = []

    def seen(got, now):
        # A line's stamp is whole on the screen only at a frame's end; docker's own output has no frames.
        if screen and FRAME_END not in got and terminal.frames:
            return
        text = "\n".join(terminal.screen.display) if screen else got.decode(errors="replace")
        lags.extend(now * 1000 - max(found) for found in [stamps(text)] if found)

    cpu, begin, terminal.bytes, terminal.frames = terminal.cpu(), time.time(), 0, 0
    terminal.read(seconds, seen)
    took = time.time() - begin
    print("%-12s %8.1f kB/s %5.1f frames/s  CPU %5.1f %%  RSS %6.1f MiB  lag ms %s" % (
        label, terminal.bytes / took / 1000, terminal.frames / took, (terminal.cpu() - cpu) / took * 100,
        terminal.status("VmRSS"), percentiles(lags)))


def press(terminal, key, rounds=60):
    """Milliseconds from a key to the bytes that answer it; the answers come in turn."""
    took = []
    for round in range(rounds):
        terminal.read(0.13)
        answer, got = (b"paused", b"follow")[round % 2], bytearray()
        begin = time.time()
        os.write(terminal.fd, key.encode())
        answered = terminal.read(2, lambda more, _: got.extend(more) or answer in got)
        took.append((time.time() - begin) * 1000 if answered else None)
    return took


def flood(rate=20000, seconds=15):
    rate, seconds = int(rate), float(seconds)
    name = writer(rate, rate * 600)
    for _ in range(2):
        # The emulator shares the machine: first what it costs, with bytes only counted, then what it shows.
        for draws in (False, True):
            t = pult("--filter", "name:" + name, screen=draws, size=(120, 40))
            t.read(1.5), t.keys(["gg", "j", "L"]), t.read(3)
            watch("pult, shown" if draws else "pult", t, seconds / (1 + draws), screen=draws)
            if not draws:
                print("%-12s key to its frame ms %s" % ("pult", percentiles(press(t, "f"))))
            t.close()
        t = Terminal(["docker", "logs", "-f", "--tail", "100", name], screen=False)
        t.read(3), watch("docker logs", t, seconds, screen=False), t.close()
        if not absent("oxker"):
            t = Terminal(["oxker"], screen=False)
            t.read(3), watch("oxker", t, seconds, screen=False), t.close()
    docker("rm", "-f", name)


def ledger(rate=100000, seconds=60):
    rate, seconds = int(rate), int(seconds)
    name = writer(rate, rate * seconds, delay=5)
    t = pult("--filter", "name:" + name, size=(200, 40))
    t.read(1.5)
    peer = subprocess.Popen(f"docker logs -f {name} | wc -l", shell=True, stdout=subprocess.PIPE, start_new_session=True)
    t.keys(["gg", "j", "L", "I"])
    cpu, begin, peak = t.cpu(), time.time(), 0
    while time.time() - begin < seconds + 5:
        t.read(1)
        peak = max(peak, t.status("VmRSS"))
    print("pult: CPU %.0f %%, RSS at most %.1f MiB" % ((t.cpu() - cpu) / (time.time() - begin) * 100, peak))
    t.read(25)
    print(f"written {rate * seconds}; the ledger:")
    print("\n".join(row.rstrip() for row in t.screen.display if row.strip()))
    t.close()
    docker("rm", "-f", name)
    print("docker logs -f, lines:", peer.communicate()[0].decode().strip())


def merged(count=20, rate=1000):
    names = [writer(rate, rate * 600, f"bench-numbered-{i}") for i in range(count)]
    t = pult("--filter", "name:bench-numbered", size=(200, 40))
    t.read(2), t.keys(["\x01", "L"]), t.read(4)
    watch("pult", t, 15), t.close()
    docker("rm", "-f", *names)


def long(lines=10_000_000):
    name = writer(0, lines)
    while f"seq={lines} " not in docker("logs", "--tail", "1", name):
        time.sleep(1)

    def top(rows):
        return next((int(found.group(1)) for row in rows if (found := re.search(r"seq=(\d+)", row))), None)

    for _ in range(5):
        t = pult("--filter", "name:" + name)
        t.read(1.5), t.keys(["gg", "j"])
        opened, pages = t.until("L", lambda rows: rows[1].startswith(" logs ") and top(rows)), []
        t.read(1.5), t.keys(["gg"])
        for _ in range(4):
            t.read(0.5)
            first = top(t.screen.display)
            pages.append(t.until("gg", lambda rows: (top(rows) or first) < first))
        t.close()
        begin = time.time()
        docker("logs", "--tail", "40", name)
        print("pult opens in %.0f ms, a page back ms %s; docker logs --tail 40 takes %.0f ms" % (
            opened, percentiles(pages), (time.time() - begin) * 1000))
    if not absent("oxker"):
        t = Terminal(["oxker"])
        took = t.until("", top, 30)
        print("oxker shows its first line after", "more than 30 s" if took is None else "%.0f ms" % took,
              "RSS %.0f MiB" % t.status("VmRSS"))
        t.close()
    docker("rm", "-f", name)


def make_file(path, size=1_000_000_000):
    line = ['2026-11-20T%02d:%02d:%02d.%03dZ INFO  crm::http: request handled path=/v1/deals/%d status=200 took=%dms user=u%d',
            '{"level":30,"time":"2026-11-20T%02d:%02d:%02d.%03dZ","reqId":"%08x","url":"/v1/orders","status":200,"ms":%d,"n":%d}']
    with open(path, "w") as out:
        n = 0
        while out.tell() < size:
            rows = []
            for _ in range(10000):
                n += 1
                s = n // 110
                rows.append(line[n % 2] % (s // 3600 % 24, s // 60 % 60, s % 60, n % 1000, n * 7919 % 1000003, n % 300, n))
                if n == 20000:
                    rows[-1] = rows[-1][:24] + " ERROR crm::payments: NEEDLE-XYZ payment of order 4711 failed"
            out.write("\n".join(rows) + "\n")


def timed(label, command):
    if absent(command[0]):
        return
    took = []
    for _ in range(3):
        begin = time.time()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took.append((time.time() - begin) * 1000)
    print("%-40s %6.0f ms (%s)" % (label, statistics.median(took), ", ".join("%.0f" % t for t in took)))


def file(path="/tmp/pult-bench-1gb.log"):
    if not os.path.exists(path):
        make_file(path)
    subprocess.run(["cat", path], stdout=subprocess.DEVNULL)
    for _ in range(3):
        t = pult("--pane", "logs", size=(140, 40))
        t.read(1), t.keys(["o", "\x15", path])
        opened = t.until("\r", lambda rows: any("status" in row for row in rows))
        t.read(1), t.keys(["/NEEDLE-XYZ\r"], 0.5)
        found = t.until("N", lambda rows: any("payment of order 4711" in row for row in rows))
        print("pult first screen %.0f ms, rare text on screen after %.0f ms, own memory %.0f MiB, with the map %.0f MiB" % (
            opened, found, t.status("RssAnon"), t.status("VmHWM")))
        t.close()
        timed("rg -c NEEDLE-XYZ", ["rg", "-c", "NEEDLE-XYZ", path])
    timed("rg -c --no-mmap NEEDLE-XYZ", ["rg", "-c", "--no-mmap", "NEEDLE-XYZ", path])
    if not absent("lnav"):
        t = Terminal(["lnav", path], size=(140, 40))
        took = t.until("", lambda rows: any("status" in row for row in rows), 60)
        t.read(5)
        print("lnav first screen %.0f ms, memory %.0f MiB" % (took or -1, t.status("VmHWM")))
        t.close()
    timed("lnav -n -c ':filter-in NEEDLE-XYZ'", ["lnav", "-n", "-c", ":filter-in NEEDLE-XYZ", path])


def text(path="/tmp/pult-bench-1gb.log"):
    if not os.path.exists(path):
        make_file(path)
    million = os.path.join(SCRATCH, "million.log")
    subprocess.run(f"head -n 1000000 {path} > {million}", shell=True, check=True)
    print("%.0f MB" % (os.path.getsize(million) / 1e6))
    for words in ("request", "NEEDLE-XYZ", r"\b5\d\d\b"):
        timed(f"rg -ci -j1 {words}", ["rg", "-ci", "-j1", words, million])
    timed("lnav -n -c ':filter-in request'", ["lnav", "-n", "-c", ":filter-in request", million])


if __name__ == "__main__":
    scenes = {scene.__name__: scene for scene in (flood, ledger, merged, long, file, text)}
    if len(sys.argv) < 2 or sys.argv[1] not in scenes:
        sys.exit(__doc__)
    try:
        scenes[sys.argv[1]](*sys.argv[2:])
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)
