//! A user who may not talk to the engine.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::Command;

/// The user and group without rights on Debian.
const NOBODY: &str = "65534";

#[test]
#[allow(clippy::disallowed_methods)] // The program under test, as another user.
fn a_socket_without_permission_names_the_command_that_helps() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let socket = dir.path().join("docker.sock");
    let _engine = UnixListener::bind(&socket).unwrap();
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The build folder may be out of reach for that user; and root may everything, so it must not be root.
    let pult = dir.path().join("pult");
    std::fs::copy(env!("CARGO_BIN_EXE_pult"), &pult).unwrap();
    let is_root = std::fs::read_to_string("/proc/self/status").unwrap().contains("\nUid:\t0\t");
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).arg(&pult);
        command
    } else {
        Command::new(&pult)
    };
    let done = command
        .args(["get", "containers"])
        .current_dir(dir.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", dir.path())
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(4), "refused by the target's own permissions: {said}");
    assert!(said.contains("usermod -aG docker") && said.contains("docker.sock"), "{said}");
}
