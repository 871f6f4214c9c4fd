//! Streams through real servers: sockets, ports, SFTP, a shell on a terminal.

use pult::backends::argv::Argv;
use pult::backends::ssh::{Size, Stream};
use pult::domain::fault::FaultKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::docker_bed::calm;
use super::ssh_bed::{says, setup};

async fn ping(mut stream: Stream) -> String {
    stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: d\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_socket_of_the_server_and_a_program_that_leads_there() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("srv1").await;
    assert!(ping(connection.unix("/run/docker.sock").await.unwrap()).await.ends_with("OK"));
    let dial = Argv::new("docker").args(["system", "dial-stdio"]);
    assert!(ping(connection.through(&dial).await.unwrap()).await.contains("200 OK"));
}

#[tokio::test]
async fn what_does_not_answer_and_what_is_forbidden_are_told_apart() {
    let _calm = calm().await;
    let user = setup().alone();
    let fault = user.to("srv1").await.unix("/run/nothing.sock").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault:?}");
    // Of a socket sshd does not say whether it is forbidden or dead.
    let fault = user.to("noforward@srv1").await.unix("/run/docker.sock").await.unwrap_err();
    assert!(fault.hint.unwrap().contains("AllowStreamLocalForwarding"));
    let fault = user.to("noforward@srv1").await.tcp("127.0.0.1", 80).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied, "{fault:?}");
}

#[tokio::test]
async fn a_port_as_the_server_sees_it() {
    let _calm = calm().await;
    let user = setup().alone();
    let mut stream = user.to("guest@srv1").await.tcp("srv2", 22).await.unwrap();
    let mut greeting = [0; 7];
    stream.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"SSH-2.0");
}

#[tokio::test]
async fn many_bytes_in_both_directions() {
    let _calm = calm().await;
    let user = setup().alone();
    let stream = user.to("srv1").await.through(&Argv::new("cat")).await.unwrap();
    let (mut from, mut to) = tokio::io::split(stream);
    let sent: Vec<u8> = (0..8_000_000_u32).map(|i| (i % 251) as u8).collect();
    let mut received = Vec::new();
    let write = async {
        to.write_all(&sent).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let (read, ()) = tokio::join!(from.read_to_end(&mut received), write);
    read.unwrap();
    assert!(received == sent, "{} of {} bytes", received.len(), sent.len());
}

#[tokio::test]
async fn sftp_answers() {
    let _calm = calm().await;
    let user = setup().alone();
    let mut stream = user.to("guest@srv1").await.sftp().await.unwrap();
    // SSH_FXP_INIT of version 3; the answer is SSH_FXP_VERSION.
    stream.write_all(&[0, 0, 0, 5, 1, 0, 0, 0, 3]).await.unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer[4..], &[2, 0, 0, 0, 3]);
}

#[tokio::test]
async fn a_shell_has_a_terminal_that_changes_its_size() {
    let _calm = calm().await;
    let user = setup().alone();
    let connection = user.to("ops@srv1").await;
    let shell = connection.shell("xterm-256color", Size { columns: 90, rows: 30 }).await.unwrap();
    let mut seen = String::new();
    shell.write("stty size; echo $TERM\n").await.unwrap();
    while !seen.contains("30 90") || !seen.contains("xterm-256color\r") {
        seen.push_str(&String::from_utf8_lossy(&shell.read().await.unwrap()));
    }
    shell.resize(Size { columns: 70, rows: 20 }).await.unwrap();
    shell.write("stty size; exit 4\n").await.unwrap();
    while let Some(part) = shell.read().await {
        seen.push_str(&String::from_utf8_lossy(&part));
    }
    assert!(seen.contains("20 70"), "{seen}");
    assert_eq!(shell.ended().await, pult::backends::ssh::Exit::Code(4));
    assert_eq!(says(&connection, "echo on").await, "on");
}
