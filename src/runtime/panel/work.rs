//! What works in the background, and carries out what the application orders.

use tokio::sync::{mpsc, watch};

use crate::app::Msg;
use crate::backends::ssh::Asker;
use crate::config::{Environment, Profile};
use crate::logs::recording::Limits;
use crate::runtime::audit_book::AuditBook;
use crate::runtime::checks::Checks;
use crate::runtime::commit::Commits;
use crate::runtime::engines::Engines;
use crate::runtime::file_parts::FileParts;
use crate::runtime::history::History;
use crate::runtime::log_streams::LogStreams;
use crate::runtime::questions::Questions;
use crate::runtime::recorder::{self, RecorderHandle};
use crate::runtime::root_reads::RootReads;
use crate::runtime::server_logs::ServerLogs;
use crate::runtime::servers::Servers;
use crate::runtime::tasks::Tasks;
use crate::runtime::terminal_events::Events;
use crate::runtime::visit::Visit;
use crate::runtime::{audit_file, audit_read, connections, key_audit, recorder_news};

/// Audit records that the activity pane shows.
const AUDIT_SHOWN: usize = 2000;

/// What carries out effects.
pub(super) struct Work {
    pub history: History,
    pub recorder: Option<RecorderHandle>,
    pub logs: LogStreams,
    pub files: FileParts,
    pub engines: Engines,
    pub servers: Servers,
    pub checks: Checks,
    pub commits: Commits,
    pub questions: Questions,
    pub tasks: Tasks,
    pub messages: mpsc::Sender<Msg>,
    pub state_dir: Option<std::path::PathBuf>,
    pub events: Events,
}

impl Work {
    /// Starts all of it. Who wants the terminal for itself comes by the receiver.
    pub fn start(
        profile: &Profile,
        env: &Environment,
        state_dir: Option<std::path::PathBuf>,
        book: AuditBook,
        mut tasks: Tasks,
        messages: mpsc::Sender<Msg>,
        events: Events,
    ) -> (Self, mpsc::Receiver<Visit>) {
        if let Some(dir) = &state_dir {
            watch_audit(dir.join(audit_file::FILE_NAME), &mut tasks, &messages);
        }
        let files = FileParts::start(env.home.clone(), book.clone(), &mut tasks, &messages);
        let (asker, asked) = Asker::new();
        let (door, visits) = mpsc::channel(1);
        let questions = Questions::start(asked, &mut tasks, &messages);
        let asker = asker.heard_by(key_audit::keeper(profile.read_only, book.clone()));
        let hub = connections::hub(env, profile.ssh_config.as_deref(), asker, &tasks);
        let all_servers = profile.servers.iter().chain(&profile.listed_servers);
        let root_reads = RootReads::into(book.clone());
        let server_logs = ServerLogs::new(&hub, all_servers, profile.read_only).audited(root_reads.clone());
        let recorder = state_dir
            .as_deref()
            .map(|dir| recorder::start(dir, Limits::default(), server_logs.clone(), &mut tasks));
        if let Some(recorder) = &recorder {
            recorder_news::forward(recorder, &mut tasks, &messages);
        }
        let history = History::start(state_dir.as_deref(), &mut tasks, &messages);
        let servers = Servers::start(
            &profile.servers,
            &profile.listed_servers,
            |id| profile.backups_of(id),
            profile.read_only,
            &hub,
            &mut tasks,
            &messages,
        )
        .audited(&root_reads);
        let work = Self {
            history,
            checks: Checks::start(&profile.checks, &servers, &mut tasks, &messages),
            logs: LogStreams::new(messages.clone(), state_dir.clone(), server_logs),
            files,
            engines: Engines::start(
                &profile.docker,
                profile.read_only,
                &hub,
                &mut tasks,
                recorder.as_ref(),
                &messages,
            ),
            servers,
            recorder,
            commits: Commits::new(book.clone(), questions.clone(), door),
            questions,
            tasks,
            messages,
            state_dir,
            events,
        };
        (work, visits)
    }
}

fn watch_audit(path: std::path::PathBuf, tasks: &mut Tasks, messages: &mpsc::Sender<Msg>) {
    let (out, mut records) = watch::channel(Vec::new());
    tasks.spawn("audit", audit_read::watch(path, out, AUDIT_SHOWN, tasks.stop()));
    let messages = messages.clone();
    tasks.spawn("audit records", async move {
        while records.changed().await.is_ok() {
            let latest = records.borrow_and_update().clone();
            if messages.send(Msg::Audit(latest)).await.is_err() {
                return;
            }
        }
    });
}
