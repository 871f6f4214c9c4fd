"""A program in a pseudo-terminal: its screen, its keys, what it costs. For the measurements beside this file."""
import fcntl, os, pty, re, select, signal, statistics, struct, termios, time
import pyte

FRAME_END = b"\x1b[?2026l"


class Terminal:
    """A program in a pseudo-terminal, its screen, and what it costs."""

    def __init__(self, command, size=(120, 40), screen=True, **env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = dict(os.environ, TERM="xterm-256color", COLORTERM="truecolor", **env)
            os.execvpe(command[0], command, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.screen = pyte.Screen(*size) if screen else None
        self.stream = pyte.ByteStream(self.screen) if screen else None
        self.bytes = self.frames = 0

    def read(self, seconds, seen=None):
        """Reads for so long; `seen` is called with what came and its time, and ends it by returning true."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                return False
            try:
                got = os.read(self.fd, 1 << 20)
            except OSError:
                return False
            now = time.time()
            self.bytes += len(got)
            self.frames += got.count(FRAME_END)
            if self.stream:
                self.stream.feed(got)
            if seen and seen(got, now):
                return True
        return False

    def keys(self, keys, pause=0.3):
        for key in keys:
            os.write(self.fd, key.encode())
            self.read(pause)

    def until(self, key, wanted, limit=10.0):
        """Milliseconds from a key until its rows satisfy; None when they never do."""
        begin = time.time()
        os.write(self.fd, key.encode())
        while not wanted(self.screen.display) and time.time() - begin < limit:
            self.read(0.002)
        return (time.time() - begin) * 1000 if wanted(self.screen.display) else None

    def family(self, pid=None):
        pid = pid or self.pid
        children = [open(f"/proc/{pid}/task/{t}/children").read().split() for t in os.listdir(f"/proc/{pid}/task")]
        return [pid] + [p for line in children for child in line for p in self.family(int(child))]

    def status(self, field):
        sizes = [re.search(rf"{field}:\s+(\d+)", open(f"/proc/{p}/status").read()) for p in self.family()]
        return sum(int(size.group(1)) for size in sizes if size) / 1024

    def cpu(self):
        stats = [open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split() for p in self.family()]
        return sum(int(s[11]) + int(s[12]) for s in stats) / os.sysconf("SC_CLK_TCK")

    def close(self):
        for blow in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, blow)
                time.sleep(0.3)
            except OSError:
                pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def percentiles(values):
    values = sorted(v for v in values if v is not None)
    if not values:
        return "no figure"
    return "p50 %.1f p99 %.1f max %.1f" % (statistics.median(values), values[int(len(values) * 0.99)], values[-1])
