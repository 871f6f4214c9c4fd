//! What comes into the application and what goes out of it: plain data, so that a session can be logged,
//! replayed and tested.

use std::sync::Arc;

use jiff::Timestamp;

use crate::command::PaneId;
use crate::domain::audit::AuditRecord;
use crate::domain::backup::Backups;
use crate::domain::capsule::{Capsule, CapsuleInfo};
use crate::domain::check::Outcome;
use crate::domain::docker::DockerHost;
use crate::domain::fault::Fault;
use crate::domain::ids::TargetId;
use crate::domain::incident::Incident;
use crate::domain::interest::Interest;
use crate::domain::log::{LogAsk, LogEvent};
use crate::domain::query::{Answer, Query};
use crate::domain::question::{self, Question, QuestionId};
use crate::domain::recording::RecorderStatus;
use crate::domain::remote::Remote;
use crate::domain::server::edit::{Edit, Fetched};
use crate::domain::server::ran::Answered;
use crate::domain::server::{Pace, Server, ServerEvent, Underway};
use crate::domain::star::Star;
use crate::domain::terminal::{TerminalAsk, TerminalNews};
use crate::domain::usage::UsageSample;
use crate::gate::{Consent, Proof, Refusal};
use crate::panes::{FilePart, LogWant, PaneStates};

use super::edits::{Checked, EditedText};
use super::input::Input;
use super::redraw::Redraw;

/// Identifies one run of an action, in this session.
pub type JobId = u64;

/// Something happened.
#[derive(Debug)]
pub enum Msg {
    Input(Input),
    /// The time that was asked for has come.
    Wake,
    /// Nothing else is to do: a pane goes on with the work that it has cut into slices.
    Work,
    Docker(TargetId, Remote<DockerHost>),
    Server(TargetId, Remote<Server>),
    /// What was read of a server's backups.
    Backups(TargetId, Backups),
    /// A check was asked.
    Checked {
        name: Arc<str>,
        outcome: Box<Outcome>,
        at: Timestamp,
    },
    /// What happened to servers in earlier sessions, oldest first.
    PastEvents(Vec<ServerEvent>),
    Usage(Vec<UsageSample>),
    Answered {
        query: Query,
        generation: u64,
        result: Result<Answer, Fault>,
    },
    /// From the stream with this number; late ones of an older stream are dropped.
    Log {
        stream: u64,
        event: LogEvent,
    },
    /// All intents of the job are in the audit; it runs.
    JobStarted(JobId),
    JobRefused(JobId, Refusal),
    /// One of its mutations ended.
    JobStep {
        job: JobId,
        name: String,
        result: Result<String, Fault>,
        audit_seq: u64,
        ms: u64,
    },
    /// What it is at, and when that is over.
    JobStage {
        job: JobId,
        text: String,
        until: Option<Timestamp>,
    },
    /// How far one of its copies is.
    Transfer(Underway),
    /// What is to be edited is here. `mine` was written for what it was before.
    Fetched {
        edit: Edit,
        mine: Option<Checked>,
        result: Result<Fetched, Fault>,
    },
    /// The editor has ended.
    Edited {
        edit: Edit,
        fetched: Fetched,
        result: Result<Checked, Fault>,
    },
    /// What a command said on one server.
    Ran {
        job: JobId,
        answered: Answered,
    },
    /// The first server has run its command; the others wait for a person.
    RunWaits(JobId),
    /// From the terminal that this job has opened.
    Terminal {
        terminal: JobId,
        news: TerminalNews,
    },
    /// Mutations that were not begun when it was cancelled.
    JobSkipped {
        job: JobId,
        count: usize,
    },
    /// A connection has to know something before it can go on.
    Asked {
        id: QuestionId,
        question: Question,
        /// When it gives up.
        until: Timestamp,
    },
    /// It waits for the answer no more.
    AskedOver(QuestionId),
    Audit(Vec<Arc<AuditRecord>>),
    Recorder(RecorderStatus),
    /// All crash capsules, the newest first.
    Capsules(Vec<CapsuleInfo>),
    /// The capsule that was asked for.
    Capsule(Result<Box<Capsule>, Fault>),
    /// Something to tell that belongs to no pane.
    Notice {
        text: String,
        is_error: bool,
    },
    Yanked {
        what: String,
        outcome: Result<(), String>,
    },
    /// SIGTERM, SIGHUP, a closed terminal.
    Terminate,
    /// Back from being suspended.
    Resumed,
}

/// Something to do. Not `Clone`: a consent is used once.
#[derive(Debug)]
pub enum Effect {
    Quit,
    Suspend,
    /// Paint every cell again.
    Repaint,
    Mouse(bool),
    Interest(TargetId, Interest),
    /// Read a server so often from now on.
    Pace(TargetId, Pace),
    Ask {
        query: Query,
        generation: u64,
    },
    /// Read a log under a stream number.
    OpenLog {
        stream: u64,
        want: LogWant,
    },
    CloseLog(u64),
    AskLog {
        stream: u64,
        ask: LogAsk,
    },
    /// Record these sources from now on, and no others.
    Record(Vec<Star>),
    /// Keep what begins or ends at a server.
    Remember(ServerEvent),
    /// Keep what there is to know of a server in trouble.
    Capture(Box<Incident>),
    /// Read a capsule.
    ReadCapsule(String),
    /// Write a part of a file: the first part creates it, the last one makes it whole.
    Write(FilePart),
    Commit {
        job: JobId,
        consent: Consent,
        proof: Proof,
    },
    CancelJob(JobId),
    /// Begins what waits behind the first one.
    GoOn(JobId),
    /// Fetch what is to be edited.
    Fetch {
        edit: Edit,
        mine: Option<Checked>,
    },
    /// Give the terminal to the person's editor with this text.
    Editor {
        edit: Edit,
        fetched: Fetched,
        text: EditedText,
    },
    /// Ask the terminal that this job opens.
    AskTerminal {
        terminal: JobId,
        ask: TerminalAsk,
    },
    /// What a person says to a question, trust in a key excepted: that is a commit.
    Answer {
        question: QuestionId,
        answer: question::Answer,
    },
    /// Dial a server that is only listed.
    Connect(TargetId),
    /// Hang up at a server and list it only.
    Disconnect(TargetId),
    /// Try again now.
    Reconnect(TargetId),
    /// Ask these checks now.
    AskChecks(Vec<Arc<str>>),
    Yank {
        what: String,
        text: String,
    },
    SaveState {
        last_pane: PaneId,
        panes: PaneStates,
        mouse: bool,
    },
}

/// What an update came to.
#[derive(Debug, Default)]
pub struct Step {
    pub effects: Vec<Effect>,
    pub redraw: Redraw,
}

impl Step {
    pub fn now() -> Self {
        Self { effects: Vec::new(), redraw: Redraw::Now }
    }

    pub fn soon() -> Self {
        Self { effects: Vec::new(), redraw: Redraw::Soon }
    }

    pub fn with(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    pub fn and(mut self, mut other: Step) -> Self {
        self.effects.append(&mut other.effects);
        self.redraw = self.redraw.max(other.redraw);
        self
    }
}
