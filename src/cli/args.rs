//! The command line as clap knows it. Help texts are written here and nowhere else.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;

use super::audit::AuditArgs;
use super::color::ColorChoice;
use super::keys::KeysFormat;
use crate::command::PaneId;
use crate::config::Options;
use crate::domain::filter::{FilterError, nearest};
use crate::logs::Level;
use crate::logs::filter::Step;
use crate::logs::zone::Zone;

/// A control panel for containers, full-screen or as commands
#[derive(Debug, Parser)]
#[command(
    name = "pult",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    max_term_width = 100
)]
#[command(after_help = "Without a command the full-screen panel opens. \
    Exit codes: 0 done, 1 failed or not found, 2 usage or configuration, 3 not reached, 4 refused, 130 interrupted.")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(flatten)]
    pub panel: Panel,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Configuration file [default: $PULT_CONFIG, ~/.config/pult/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Only this target: NAME or KIND:NAME, repeatable
    #[arg(long, global = true, value_name = "NAME")]
    pub target: Vec<String>,
    /// A [profile.NAME] of the configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Change nothing, whatever the guards allow
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Theme of the panel
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Keymap of the panel
    #[arg(long, global = true, value_name = "NAME")]
    pub keymap: Option<String>,
    /// When to colour output
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: ColorChoice,
    /// Write a log of what pult itself does (detail: $PULT_LOG)
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// No remarks on stderr
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl Global {
    /// The part that concerns the configuration.
    pub fn options(&self) -> Options {
        Options {
            config: self.config.clone(),
            targets: self.target.clone(),
            profile: self.profile.clone(),
            read_only: self.read_only,
            theme: self.theme.clone(),
            keymap: self.keymap.clone(),
        }
    }
}

/// Options of the panel.
#[derive(Debug, Clone, Default, Args)]
pub struct Panel {
    /// Start in this pane
    #[arg(long, value_name = "NAME", value_parser = pane)]
    pub pane: Option<PaneId>,
    /// Start filtered, e.g. 'state:running cpu>50'
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
}

fn pane(word: &str) -> Result<PaneId, String> {
    PaneId::from_word(word).ok_or_else(|| {
        let words = PaneId::ALL.map(PaneId::word);
        match nearest(word, words) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("panes are {}", words.join(", ")),
        }
    })
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List things: containers, servers, ports, firewall rules, jails, targets, recordings, capsules
    Get(GetArgs),
    /// Print logs, merged by time
    Logs(LogsArgs),
    /// Carry out a command of the panel: pult do container.restart web --yes
    Do(DoArgs),
    /// Reach every target; say what works, what is missing and how to fix it
    Doctor(DoctorArgs),
    /// Read and check the audit of all actions
    Audit(AuditArgs),
    /// Print every command with its keys
    Keys(KeysArgs),
    /// Check, find, print the configuration
    Config(ConfigArgs),
    /// Print a completion script
    Completions(CompletionsArgs),
    /// Print the manual page (roff)
    Man,
    /// Print the version
    Version(VersionArgs),
}

/// What `get` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    #[default]
    Table,
    /// All columns
    Wide,
    Json,
    Yaml,
    /// kind/name, one a line
    Name,
}

#[derive(Debug, Clone, Args)]
pub struct GetArgs {
    /// containers, servers, ports, firewall, jails (of fail2ban), targets, recordings (of the flight recorder) or capsules (of crashes)
    #[arg(value_name = "KIND", value_parser = kind)]
    pub kind: Kind,
    /// Only these
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// Go on and print every change
    #[arg(short, long)]
    pub watch: bool,
    /// Sort by a column; COL:desc for the largest first
    #[arg(long, value_name = "COL[:desc]")]
    pub sort: Option<String>,
    /// Only rows for which this holds, e.g. 'state:running up<2h name~^api'
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Measure CPU, memory and IO too
    #[arg(long)]
    pub stats: bool,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Containers,
    Targets,
    Servers,
    Processes,
    Units,
    Ports,
    Firewall,
    Jails,
    Disks,
    Interfaces,
    Updates,
    Users,
    Cron,
    Certificates,
    Backups,
    Checks,
    Recordings,
    Capsules,
}

const KIND_WORDS: [&str; 18] = [
    "containers",
    "servers",
    "processes",
    "units",
    "ports",
    "firewall",
    "jails",
    "disks",
    "interfaces",
    "updates",
    "users",
    "cron",
    "certificates",
    "backups",
    "checks",
    "targets",
    "recordings",
    "capsules",
];

fn kind(word: &str) -> Result<Kind, String> {
    match word {
        "containers" | "container" | "c" => Ok(Kind::Containers),
        "targets" | "target" | "t" => Ok(Kind::Targets),
        "servers" | "server" => Ok(Kind::Servers),
        "processes" | "process" | "ps" => Ok(Kind::Processes),
        "units" | "unit" => Ok(Kind::Units),
        "ports" | "port" => Ok(Kind::Ports),
        "firewall" => Ok(Kind::Firewall),
        "jails" | "jail" => Ok(Kind::Jails),
        "disks" | "disk" => Ok(Kind::Disks),
        "interfaces" | "interface" => Ok(Kind::Interfaces),
        "updates" | "update" => Ok(Kind::Updates),
        "users" | "user" => Ok(Kind::Users),
        "cron" => Ok(Kind::Cron),
        "certificates" | "certificate" | "certs" => Ok(Kind::Certificates),
        "backups" | "backup" => Ok(Kind::Backups),
        "checks" | "check" => Ok(Kind::Checks),
        "recordings" | "recording" => Ok(Kind::Recordings),
        "capsules" | "capsule" => Ok(Kind::Capsules),
        "images" | "volumes" | "networks" | "projects" | "events" | "df" | "databases" | "sessions"
        | "locks" | "tables" | "statements" | "replication" | "pods" | "deployments" | "hpas" | "nodes" => {
            Err(format!("this kind comes with a later version; there are {}", KIND_WORDS.join(", ")))
        }
        _ => Err(match nearest(word, KIND_WORDS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", KIND_WORDS.join(", ")),
        }),
    }
}

/// What `logs` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// Source and text, made harmless for a terminal
    #[default]
    Pretty,
    /// The text as received
    Raw,
    /// One JSON object a line
    Json,
}

fn level(text: &str) -> Result<Level, String> {
    let words = Level::ALL.map(Level::word).join(", ");
    Level::from_word(text).ok_or_else(|| format!("write one of {words}"))
}

fn step(text: &str) -> Result<Step, String> {
    let step: Step = text.parse().map_err(|e: FilterError| format!("column {}: {}", e.at + 1, e.message))?;
    if step.needs_marks() {
        return Err(
            "only the panel knows which lines are marked; a field of that name is `\"mark\"`".to_owned()
        );
    }
    Ok(step)
}

fn zone(text: &str) -> Result<TimeZone, String> {
    if text.eq_ignore_ascii_case("local") {
        return Ok(TimeZone::system());
    }
    text.parse().map(|zone: Zone| zone.time_zone().clone())
}

#[derive(Debug, Clone, Args)]
pub struct LogsArgs {
    /// docker/NAME, project/NAME, a unique NAME, file/PATH, journal, unit/NAME (these three also of a server:
    /// unit/nginx@web1), recording/NAME or - (standard input); none = every running container
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Go on with new lines
    #[arg(short, long)]
    pub follow: bool,
    /// Lines from T on: RFC 3339, a local HH:MM[:SS], `yesterday 9:00`, `mon 8:00`, or an age like 15m, 2h, 3d
    #[arg(long, value_name = "T")]
    pub since: Option<String>,
    /// Lines up to T
    #[arg(long, value_name = "T")]
    pub until: Option<String>,
    /// Only the last N lines of each source
    #[arg(long, value_name = "N")]
    pub tail: Option<u64>,
    /// Only lines of level L and above: trace, debug, info, warn, error, fatal. A line without a level has that
    /// of the line it continues (a stack trace); one that continues none is not chosen, but counted
    #[arg(long, value_name = "L", value_parser = level)]
    pub level: Option<Level>,
    /// Only lines that this regular expression matches
    #[arg(long, value_name = "RE")]
    pub grep: Option<String>,
    /// Without lines that this regular expression matches
    #[arg(short = 'v', long, value_name = "RE")]
    pub without: Option<String>,
    /// Only lines that pass this step, repeatable: 'timeout', '"no pool"', '/regex/', '-/healthz/' (without them),
    /// 'level>=warn', 'source:api', 'status>=500 path~^/api' (both), 'level:error or status>=500' (one of them)
    #[arg(long, value_name = "STEP", value_parser = step, allow_hyphen_values = true)]
    pub filter: Vec<Step>,
    /// With N lines around each that --level, --grep and --filter choose, `--` between what is apart
    #[arg(short = 'C', long, value_name = "N", default_value_t)]
    pub context: usize,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: LogFormat,
    /// Print the time of each line
    #[arg(long)]
    pub timestamps: bool,
    /// Print times in this zone, and read those without one: local, utc, +02:00, Europe/Berlin [default: printed in
    /// UTC, read as local]
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub zone: Option<TimeZone>,
    /// Print this field before the message of lines that have it, repeatable (pretty only)
    #[arg(long, value_name = "FIELD")]
    pub column: Vec<String>,
    /// Print one of lines that differ in numbers only, and how many followed (pretty and raw)
    #[arg(long)]
    pub collapse: bool,
    /// Hide secrets: passwords, tokens, keys, cookies, e-mail addresses, card numbers
    #[arg(long)]
    pub redact: bool,
}

/// What `do`, `doctor` and `version` print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum TextFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, Args)]
pub struct DoArgs {
    /// The command's id: container.restart
    #[arg(value_name = "COMMAND-ID")]
    pub command: String,
    /// What to do it to: NAME, containers/NAME, units/NAME, processes/PID
    #[arg(value_name = "TARGET", required = true)]
    pub targets: Vec<String>,
    /// An argument of the command
    #[arg(long = "arg", value_name = "K=V")]
    pub args: Vec<String>,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Consent to a reversible action
    #[arg(long, conflicts_with = "confirm")]
    pub yes: bool,
    /// Consent to a destructive action: its name, or the count for several
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    #[arg(short, long, value_enum, default_value_t)]
    pub output: TextFormat,
}

#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    #[arg(short, long, value_enum, default_value_t)]
    pub output: TextFormat,
}

#[derive(Debug, Clone, Args)]
pub struct KeysArgs {
    #[arg(short, long, value_enum, default_value_t)]
    pub output: KeysFormat,
}

#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ConfigAction {
    /// Print every mistake of a file; exit 2 when there is one
    Check {
        /// [default: the file in force]
        file: Option<PathBuf>,
    },
    /// Print where the file in force is
    Path,
    /// Print a commented file to start with
    Example,
    /// Print the resolved configuration, secrets masked
    Show,
}

#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Clone, Args)]
pub struct VersionArgs {
    #[arg(short, long, value_enum, default_value_t)]
    pub output: TextFormat,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_and_after_the_command() {
        for line in ["pult --target a -q get c", "pult get c --target a -q"] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!((cli.global.target, cli.global.quiet), (vec!["a".to_owned()], true));
        }
    }

    #[test]
    fn slips_are_recognized() {
        let says = |line: &str| Cli::try_parse_from(line.split(' ')).unwrap_err().to_string();
        assert!(says("pult get contaners").contains("did you mean `containers`?"));
        assert!(says("pult get pods").contains("later version"));
        assert!(says("pult --pane contaienrs").contains("did you mean `containers`?"));
        assert!(says("pult doctr").contains("'doctor'"));
        assert!(says("pult get c --wach").contains("'--watch'"));
    }
}
