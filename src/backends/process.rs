//! Programs of this machine that backends ask: started without a shell, with nothing to read, and killed when
//! nobody waits for their answer any more.

use std::ffi::OsStr;
use std::io;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use memchr::memchr;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::starting;

/// Bytes kept of what a program complains about.
const COMPLAINT: usize = 4 << 10;

/// What a program brings.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// A line, without its end.
    Line(Vec<u8>),
    /// A line that was longer than allowed, in bytes. It was thrown away.
    TooLong(u64),
    /// It complained; see [`Program::complaint`].
    Complaint,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// `None` = killed, or lost.
    pub code: Option<i32>,
    /// In words, for faults.
    pub words: String,
}

impl Ending {
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

type End = BoxFuture<'static, io::Result<Ending>>;

/// A program that runs, here or on a server.
pub struct Program {
    stdout: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    stderr: Option<Box<dyn AsyncRead + Send + Unpin>>,
    end: End,
    complaint: Vec<u8>,
    /// The line that is coming, as far as it is allowed, and its length.
    line: Vec<u8>,
    length: u64,
    max_line: usize,
}

impl Program {
    /// Starts a program; of its lines those up to so many bytes are read.
    ///
    /// # Errors
    /// What the system says: no such program, no permission.
    pub fn start(program: &OsStr, arguments: &[String], max_line: usize) -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one place of the backends, see the module")]
        let mut command = Command::new(program);
        command
            .args(arguments)
            // Its words are looked at.
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = starting::start(|| command.spawn())?;
        let (Some(stdout), stderr) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let stderr = stderr.map(|stderr| Box::new(stderr) as Box<dyn AsyncRead + Send + Unpin>);
        let end = async move {
            let status = child.wait().await?;
            Ok(Ending { code: status.code(), words: status.to_string() })
        };
        Ok(Self::of(Box::new(stdout), stderr, end.boxed(), max_line))
    }

    /// One that was started elsewhere; dropping what it is made of has to end it.
    pub fn of(
        stdout: Box<dyn AsyncRead + Send + Unpin>,
        stderr: Option<Box<dyn AsyncRead + Send + Unpin>>,
        end: End,
        max_line: usize,
    ) -> Self {
        let stdout = BufReader::with_capacity(64 << 10, stdout);
        let (complaint, line) = (Vec::new(), Vec::new());
        Self { stdout, stderr, end, complaint, line, length: 0, max_line }
    }

    /// What comes next; `None` at the end. Nothing is lost when it is not waited for to the end.
    ///
    /// # Errors
    /// What the system says.
    pub async fn next(&mut self) -> io::Result<Option<Output>> {
        let mut said = [0; 512];
        loop {
            let stderr = async {
                match &mut self.stderr {
                    Some(stderr) => stderr.read(&mut said).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                count = stderr => {
                    let said = said.get(..count?).unwrap_or_default();
                    let room = COMPLAINT.saturating_sub(self.complaint.len());
                    self.complaint.extend_from_slice(said.get(..room).unwrap_or(said));
                    if said.is_empty() {
                        self.stderr = None;
                    } else {
                        return Ok(Some(Output::Complaint));
                    }
                }
                filled = self.stdout.fill_buf() => {
                    let bytes = filled?;
                    if bytes.is_empty() {
                        return Ok((self.length > 0).then(|| self.end()));
                    }
                    let end = memchr(b'\n', bytes);
                    let count = end.unwrap_or(bytes.len());
                    let room = self.max_line.saturating_sub(self.line.len()).min(count);
                    self.line.extend_from_slice(bytes.get(..room).unwrap_or_default());
                    self.length += count as u64;
                    self.stdout.consume(count + usize::from(end.is_some()));
                    if end.is_some() {
                        return Ok(Some(self.end()));
                    }
                }
            }
        }
    }

    fn end(&mut self) -> Output {
        let (line, length) = (std::mem::take(&mut self.line), std::mem::take(&mut self.length));
        if line.len() as u64 == length { Output::Line(line) } else { Output::TooLong(length) }
    }

    /// True when the next line is here already.
    pub fn has_line(&self) -> bool {
        memchr(b'\n', self.stdout.buffer()).is_some()
    }

    /// What it has complained about.
    pub fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.complaint).into_owned()
    }

    /// Waits for its end after the last line; gives how it ended and what it has complained about.
    ///
    /// # Errors
    /// What the system says.
    pub async fn end_of(mut self) -> io::Result<(Ending, String)> {
        while self.next().await?.is_some() {}
        if let Some(mut stderr) = self.stderr.take() {
            let mut rest = vec![0; COMPLAINT];
            let count = stderr.read(&mut rest).await?;
            self.complaint.extend_from_slice(rest.get(..count).unwrap_or_default());
        }
        let ended = (&mut self.end).await?;
        Ok((ended, self.complaint()))
    }
}

/// A program that is written to and read from, and killed when it is dropped. What it complains about is not
/// looked at.
#[derive(Debug)]
pub struct Conversation {
    _child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Conversation {
    /// # Errors
    /// What the system says: no such program, no permission.
    pub fn start(program: &OsStr, arguments: &[String]) -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one place of the backends, see the module")]
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = starting::start(|| command.spawn())?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { _child: child, stdin, stdout })
    }
}

impl AsyncRead for Conversation {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdout).poll_read(cx, to)
    }
}

impl AsyncWrite for Conversation {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stdin).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_shutdown(cx)
    }
}

/// What a program said from its start to its end.
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Bytes kept of what a program prints before it ends; what comes after is read and dropped.
pub const MOST: usize = 16 << 20;

/// Runs a program to its end with this input; administrators' programs are found, too.
///
/// # Errors
/// What the system says: no such program, no permission.
pub async fn run(words: &[String], input: &[u8]) -> io::Result<Ended> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let path = std::env::var("PATH").unwrap_or_default();
    #[expect(clippy::disallowed_methods, reason = "the one place of the backends, see the module")]
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .env("PATH", format!("{path}:/usr/local/sbin:/usr/sbin:/sbin"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = starting::start(|| command.spawn())?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read what it is given is no fault.
            let _broken_pipe = stdin.write_all(input).await;
        }
    };
    let ((), stdout, stderr) = tokio::join!(feed, keep(stdout), keep(stderr));
    Ok(Ended { status: child.wait().await?, stdout: stdout?, stderr: stderr? })
}

async fn keep(from: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut from) = from {
        (&mut from).take(MOST as u64).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::start(OsStr::new("sh"), &["-c".into(), script.into()], 10).unwrap()
    }

    #[tokio::test]
    async fn lines_complaints_and_the_end() {
        let mut program = shell(
            "echo a; echo; echo 0123456789; echo 0123456789x; printf half; sleep 0.1; echo no >&2; exit 3",
        );
        let mut got = Vec::new();
        while let Some(output) = program.next().await.unwrap() {
            got.push(output);
        }
        let line = |text: &str| Output::Line(text.into());
        got.retain(|output| *output != Output::Complaint);
        assert_eq!(got, [line("a"), line(""), line("0123456789"), Output::TooLong(11), line("half")]);
        let (status, complaint) = program.end_of().await.unwrap();
        assert_eq!((status.code, complaint.as_str()), (Some(3), "no\n"));
    }

    #[tokio::test]
    async fn an_endless_line_and_endless_complaints_are_bounded() {
        let mut program = shell("head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2");
        while let Some(output) = program.next().await.unwrap() {
            assert!(matches!(output, Output::Complaint | Output::TooLong(3_000_000)));
        }
        assert!(program.complaint.len() <= COMPLAINT && program.line.capacity() < 100);
    }

    #[tokio::test]
    async fn it_is_killed_when_nobody_waits() {
        let mut program = shell("echo $$; exec sleep 1000");
        let Some(Output::Line(id)) = program.next().await.unwrap() else { panic!("no line") };
        let path = format!("/proc/{}/stat", String::from_utf8(id).unwrap());
        let runs = || std::fs::read_to_string(&path).is_ok_and(|stat| !stat.contains(") Z "));
        assert!(runs());
        drop(program);
        while runs() {
            tokio::task::yield_now().await;
        }
    }
}
