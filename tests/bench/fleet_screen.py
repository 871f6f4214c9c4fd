#!/usr/bin/env python3
"""The fleet on a screen of 120x40: two hundred servers, each its own SSH connection, read every two seconds.

  fleet_screen.py FLEET    FLEET: the program that `cargo bench --bench fleet --no-run` names; it plays the servers

Wants: Linux, ssh-keygen, ssh-keyscan, python3-pyte. PULT names the binary, default target/release/pult.
"""
import os, subprocess, sys, tempfile, time
from terminal import FRAME_END, Terminal, percentiles

HOSTS, SECONDS, KEYS = 200, 20, 100
PULT = os.path.abspath(os.environ.get("PULT", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../target/release/pult")))


def configured(port, folder):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/id"], check=True)
    known = subprocess.run(["ssh-keyscan", "-p", port, "127.0.0.1"], capture_output=True, text=True).stdout
    open(f"{folder}/known_hosts", "w").write(known)
    # Each is somebody else's: one account at one address is one connection.
    hosts = [f"Host h{i}\n  User u{i}\n  HostKeyAlias [127.0.0.1]:{port}\n" for i in range(HOSTS)]
    all_hosts = f"Host *\n  HostName 127.0.0.1\n  Port {port}\n  IdentitiesOnly yes\n"
    files = f"  IdentityFile {folder}/id\n  UserKnownHostsFile {folder}/known_hosts\n"
    open(f"{folder}/ssh_config", "w").write("".join(hosts) + all_hosts + files)
    servers = [f'[[server]]\nname = "h{i}"\nhost = "h{i}"\n' for i in range(HOSTS)]
    open(f"{folder}/config.toml", "w").write(f'[defaults]\nssh_config = "{folder}/ssh_config"\n' + "".join(servers))


def main(fleet):
    servers = subprocess.Popen([fleet, "--play"], stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory() as folder:
        configured(servers.stdout.readline().strip(), folder)
        env = {"PULT_CONFIG": f"{folder}/config.toml", "PULT_STATE_DIR": f"{folder}/state"}
        t = Terminal([PULT, "--pane", "servers"], **env)
        begin = time.time()

        def live(rows):
            hosts = [row for row in rows if row[3:5].startswith("h") and row[4].isdigit()]
            return len(hosts) > 10 and all("\u25cf" in row for row in hosts)

        t.read(30, lambda *_: live(t.screen.display))
        print("a screen full of live servers after %.2f s" % (time.time() - begin))
        t.read(10)
        t.stream = None
        cpu, begin, t.bytes, t.frames = t.cpu(), time.time(), 0, 0
        t.read(SECONDS)
        took = time.time() - begin
        print("CPU %.1f %%  RSS %.1f MiB  %.2f kB/s  %.1f frames/s" % (
            (t.cpu() - cpu) / took * 100, t.status("VmRSS"), t.bytes / took / 1000, t.frames / took))
        keys = []
        for i in range(KEYS):
            t.read(0.07)
            begin = time.time()
            os.write(t.fd, b"j" if i % 40 < 20 else b"k")
            answered = t.read(1, lambda got, _: FRAME_END in got)
            keys.append((time.time() - begin) * 1000 if answered else None)
        print("key to its frame ms", percentiles(keys))
        t.close()
    servers.kill()


if __name__ == "__main__":
    sys.exit(__doc__) if len(sys.argv) != 2 else main(sys.argv[1])
