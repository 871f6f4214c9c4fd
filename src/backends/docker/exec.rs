//! A shell in a container, on a terminal: what `docker exec -it` does.

use std::time::Duration;

use bollard::models::ExecConfig;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::Mutex;

use super::client::Docker;
use super::fault;
use super::transport::{HEADERS, MAX_ERROR, encode};
use crate::backends::terminal::Pty;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::mutation::Mutation;
use crate::domain::shell::{BEST, OpenShell, ShellPlace};
use crate::domain::terminal::{End, Size};
use crate::gate::Authorized;

const READ: usize = 16 << 10;
/// How long an engine may take to change a size.
const SIZING: Duration = Duration::from_secs(1);
/// How long a shell may take to end when it is told to.
const GOODBYE: Duration = Duration::from_secs(1);

/// A shell in a container.
pub struct ContainerShell {
    docker: Docker,
    /// The engine's name for this run of a program.
    id: String,
    doing: String,
    from: Mutex<ReadHalf<TokioIo<Upgraded>>>,
    to: Mutex<WriteHalf<TokioIo<Upgraded>>>,
}

impl Docker {
    /// Opens an authorized shell in a container.
    ///
    /// # Errors
    /// A link fault, the container does not run, or it has no such shell or user.
    pub async fn open_shell(
        &self,
        authorized: &Authorized,
        term: &str,
        size: Size,
    ) -> Result<ContainerShell, Fault> {
        let doing = authorized.mutation().summary();
        let opened = match authorized.mutation() {
            Mutation::Shell(open) if open.target == self.id => self.start_shell(open, &doing, term, size),
            _ => return Err(Fault::new(FaultKind::Bug, format!("{doing}: this is no shell of {}", self.id))),
        };
        tokio::time::timeout(HEADERS, opened).await.unwrap_or_else(|_| Err(fault::timeout(&doing, HEADERS)))
    }

    async fn start_shell(
        &self,
        open: &OpenShell,
        doing: &str,
        term: &str,
        size: Size,
    ) -> Result<ContainerShell, Fault> {
        let ShellPlace::Container { id, shell, user, workdir } = &open.place else {
            return Err(Fault::new(FaultKind::Bug, format!("{doing}: this is in no container")));
        };
        self.api().await?;
        let command = match shell {
            Some(shell) => vec![shell.clone()],
            None => ["/bin/sh", "-c", BEST].map(str::to_owned).to_vec(),
        };
        let console = vec![usize::from(size.rows), usize::from(size.columns)];
        let config = ExecConfig {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(true),
            console_size: Some(console.clone()),
            env: Some(vec![format!("TERM={term}")]),
            cmd: Some(command),
            user: user.clone(),
            working_dir: workdir.clone(),
            ..ExecConfig::default()
        };
        let created = self.bollard.create_exec(&encode(&id.0), config).await;
        let created = created.map_err(|e| explain(fault::from_bollard(doing, &e, self.endpoint())))?;
        let body = serde_json::json!({ "Detach": false, "Tty": true, "ConsoleSize": console }).to_string();
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/exec/{}/start", encode(&created.id)))
            .header(header::HOST, "docker")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "tcp")
            .body(Full::new(Bytes::from(body)))
            .map_err(|e| Fault::new(FaultKind::Bug, e.to_string()))?;
        let response = self.transport.send(request).await?;
        let status = response.status();
        if status != StatusCode::SWITCHING_PROTOCOLS {
            let why = Limited::new(response.into_body(), MAX_ERROR).collect().await;
            let why = why.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
            return Err(explain(fault::from_status(doing, status, &why.unwrap_or_default())));
        }
        let upgraded = hyper::upgrade::on(response).await;
        let upgraded = upgraded.map_err(|e| fault::from_http(&e, self.endpoint()))?;
        let (from, to) = tokio::io::split(TokioIo::new(upgraded));
        let shell = ContainerShell {
            docker: self.clone(),
            id: created.id,
            doing: doing.to_owned(),
            from: Mutex::new(from),
            to: Mutex::new(to),
        };
        // Engines before API 1.42 take no size to begin with.
        if self.api().await? < (1, 42) {
            shell.measure(size).await;
        }
        Ok(shell)
    }
}

/// Adds what to do next where the engine's words alone do not say it.
fn explain(fault: Fault) -> Fault {
    match fault.kind {
        FaultKind::Conflict => fault.hint("it has to run for that: start it, or unpause it"),
        _ if fault.message.contains("unable to find user") => {
            fault.hint("take another user, or its number; /etc/passwd in the container names them")
        }
        _ => fault,
    }
}

impl ContainerShell {
    /// Says how large the terminal is. A size that does not arrive spoils the picture, and not the shell; engines
    /// wait long for a program that has not begun.
    async fn measure(&self, size: Size) {
        let size = bollard::query_parameters::ResizeExecOptionsBuilder::default()
            .h(size.rows.into())
            .w(size.columns.into())
            .build();
        let id = encode(&self.id);
        match tokio::time::timeout(SIZING, self.docker.bollard.resize_exec(&id, size)).await {
            Ok(Ok(())) => {}
            Ok(Err(e)) => tracing::debug!("{}: {e}", self.doing),
            Err(_) => tracing::debug!("{}: its size was not taken in time", self.doing),
        }
    }

    fn lost(&self, e: &std::io::Error) -> Fault {
        fault::from_io(e, self.docker.endpoint())
    }
}

impl Pty for ContainerShell {
    fn read(&self) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(async {
            let mut bytes = vec![0; READ];
            match self.from.lock().await.read(&mut bytes).await {
                Ok(0) | Err(_) => None,
                Ok(n) => {
                    bytes.truncate(n);
                    Some(bytes.into())
                }
            }
        })
    }

    fn write(&self, typed: Bytes) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            let mut to = self.to.lock().await;
            let written = async {
                to.write_all(&typed).await?;
                to.flush().await
            };
            written.await.map_err(|e| self.lost(&e))
        })
    }

    fn resize(&self, size: Size) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            self.measure(size).await;
            Ok(())
        })
    }

    fn ended(&self) -> BoxFuture<'_, End> {
        Box::pin(async {
            // The stream ends a moment before the engine knows how.
            for _ in 0..10 {
                match self.docker.bollard.inspect_exec(&encode(&self.id)).await {
                    Ok(state) if state.running == Some(true) => {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    Ok(state) => {
                        let code = state.exit_code.and_then(|code| i32::try_from(code).ok());
                        return code.map_or(End::Unknown, End::Code);
                    }
                    Err(e) => {
                        return End::Fault(fault::from_bollard(&self.doing, &e, self.docker.endpoint()));
                    }
                }
            }
            End::Unknown
        })
    }

    /// Engines leave a program running when its terminal is gone: the shell is told to end.
    fn hang_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let goodbye = async {
                // Leaves a line that is begun, then says that there is no more input.
                if self.write(Bytes::from_static(b"\x03\x04")).await.is_ok() {
                    while self.read().await.is_some() {}
                }
            };
            let _in_time = tokio::time::timeout(GOODBYE, goodbye).await;
        })
    }
}
