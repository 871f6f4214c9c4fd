//! `pult get KIND`: one picture of all chosen targets, or every change from now on.

use std::io::Write;

use super::args::{Format, GetArgs, Kind};
use super::listing::{Listing, View};
use super::{
    Exit, Failure, Session, capsules, checks, containers, engines, firewall, jails, output, poll, ports,
    processes, recordings, server_kinds, server_rows, servers, targets, units, watch, watch_servers,
};
use crate::backends::clock;
use crate::domain::container_fields::specs;
use crate::domain::{check_fields, process_fields, server_fields, unit_fields};

/// Gathers, narrows and prints.
///
/// # Errors
/// A wrong column or filter; nothing to ask. Targets that do not answer are in the result and in the exit
/// code instead.
pub async fn run(session: &Session, args: &GetArgs, out: &mut (dyn Write + Send)) -> Result<Exit, Failure> {
    let (sort, filter) = (args.sort.as_deref(), args.filter.as_deref());
    let fields = match args.kind {
        Kind::Containers => specs(),
        Kind::Targets => &targets::FIELDS,
        Kind::Servers => server_fields::specs(),
        Kind::Processes => &process_fields::SPECS,
        Kind::Units => &unit_fields::SPECS,
        Kind::Ports => &ports::FIELDS,
        Kind::Firewall => &firewall::FIELDS,
        Kind::Jails => &jails::FIELDS,
        Kind::Disks => server_kinds::DISKS.specs,
        Kind::Interfaces => server_kinds::INTERFACES.specs,
        Kind::Updates => server_kinds::UPDATES.specs,
        Kind::Users => server_kinds::USERS.specs,
        Kind::Cron => server_kinds::CRON.specs,
        Kind::Certificates => server_kinds::CERTIFICATES.specs,
        Kind::Backups => server_kinds::BACKUPS.specs,
        Kind::Checks => &check_fields::SPECS,
        Kind::Recordings => &recordings::FIELDS,
        Kind::Capsules => &capsules::FIELDS,
    };
    let view = View::parse(sort, filter, fields)?;
    let stats = args.stats || args.kind == Kind::Containers && containers::needs_stats(sort, filter);
    let gather = async || gather(session, args, stats).await;
    if args.watch {
        return match args.kind {
            Kind::Containers => watch::run(session, args, &view, stats, out).await,
            Kind::Servers => watch_servers::run(session, args, &view, out).await,
            Kind::Processes | Kind::Units | Kind::Ports | Kind::Jails => {
                poll::run(session, args, &view, out, gather).await
            }
            Kind::Checks => checks::watch(session, args, &view, out).await,
            _ => Err(Failure::Usage(
                "--watch is for containers, servers, processes, units, ports, jails and checks".into(),
            )),
        };
    }
    let mut listing = gather().await?;
    let missing = listing.keep_named(&args.names);
    view.apply(&mut listing);
    output::print(&listing, args.output, session.colored, clock::now(), out)?;
    say_faults(session, args.output, &listing);
    Ok(match output::exit_for(&listing.faults) {
        // What is missing may be at the target that did not answer: then that is the news.
        Exit::Done if !missing.is_empty() => {
            return Err(Failure::NotFound(not_found(session, &listing, &missing)));
        }
        Exit::Done if args.kind == Kind::Checks => checks::exit(&listing),
        exit => exit,
    })
}

/// One look at all chosen targets.
async fn gather(session: &Session, args: &GetArgs, stats: bool) -> Result<Listing, Failure> {
    Ok(match args.kind {
        Kind::Containers => containers::fetch(&engines::open(session)?, stats).await,
        Kind::Targets => targets::fetch(session).await?,
        Kind::Servers => servers::fetch(session, &args.names, stats).await?,
        Kind::Processes => processes::fetch(session).await?,
        Kind::Units => units::fetch(session).await?,
        Kind::Ports => ports::fetch(session).await?,
        Kind::Firewall => firewall::fetch(session).await?,
        Kind::Jails => jails::fetch(session).await?,
        Kind::Disks => server_rows::fetch(session, &server_kinds::DISKS).await?,
        Kind::Interfaces => server_rows::fetch(session, &server_kinds::INTERFACES).await?,
        Kind::Updates => server_rows::fetch(session, &server_kinds::UPDATES).await?,
        Kind::Users => server_rows::fetch(session, &server_kinds::USERS).await?,
        Kind::Cron => server_rows::fetch(session, &server_kinds::CRON).await?,
        Kind::Certificates => server_rows::fetch(session, &server_kinds::CERTIFICATES).await?,
        Kind::Backups => server_rows::fetch(session, &server_kinds::BACKUPS).await?,
        Kind::Checks => checks::fetch(session, &args.names).await?,
        Kind::Recordings => recordings::fetch(session)?,
        Kind::Capsules => capsules::fetch(session)?,
    })
}

fn not_found(session: &Session, listing: &Listing, missing: &[String]) -> String {
    let mut text = format!("no {} called {}", listing.singular, missing.join(", "));
    if listing.kind == "servers" {
        let names: Vec<&str> = session.profile.servers.iter().map(|(id, _)| &*id.name).collect();
        text += &format!("; there are {}", names.join(", "));
    }
    text
}

/// Documents carry their faults; people read them on stderr.
fn say_faults(session: &Session, format: Format, listing: &Listing) {
    if !matches!(format, Format::Json | Format::Yaml) {
        for (target, fault) in &listing.faults {
            session.remark(&format!("{target}: {}", fault.in_full()));
        }
    }
}
