//! `--profile NAME` and `--target NAME`: the part of the configuration that a command works on.

use super::profile::{Options, Profile, load};
use super::report::{Mistake, did_you_mean};
use super::{Environment, Overlay};

/// A request on the command line that does not fit the configuration: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

impl From<Mistake> for UsageError {
    fn from(mistake: Mistake) -> Self {
        Self(match mistake.suggestion {
            Some(suggestion) => format!("{}; {suggestion}", mistake.message),
            None => mistake.message,
        })
    }
}

/// [`load`], then the profile and the targets of the command line.
///
/// # Errors
/// An unknown profile, an unknown or ambiguous target; the message lists the candidates.
pub fn open(options: &Options, env: &Environment) -> Result<Profile, UsageError> {
    let mut profile = load(options, env);
    if let Some(name) = &options.profile {
        choose(&mut profile, name, options)?;
    }
    if !options.targets.is_empty() {
        narrow(&mut profile, &options.targets)?;
    }
    Ok(profile)
}

/// Finds `NAME` or `KIND:NAME` among pairs of kind and name.
pub fn find(word: &str, candidates: &[(&str, &str)]) -> Result<usize, Mistake> {
    let full = |(kind, name): &(&str, &str)| format!("{kind}:{name}");
    let fits = |c: &(&str, &str)| match word.split_once(':') {
        Some((kind, name)) => c.0 == kind && c.1 == name,
        None => c.1 == word,
    };
    let found: Vec<usize> = (0..candidates.len()).filter(|i| fits(&candidates[*i])).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let names: Vec<String> = candidates
                .iter()
                .map(|c| if word.contains(':') { full(c) } else { c.1.to_owned() })
                .collect();
            let mistake = Mistake::new(format!("unknown target `{word}`"));
            let mut suggestion = did_you_mean(word, names.iter().map(String::as_str));
            if let Some(s) = &mut suggestion
                && s.starts_with("did")
            {
                let all: Vec<String> = candidates.iter().map(full).collect();
                s.push_str(&format!(" (there are {})", all.join(", ")));
            }
            Err(mistake.suggest(suggestion.unwrap_or_else(|| "there are no targets".to_owned())))
        }
        several => {
            let all: Vec<String> = several.iter().map(|i| full(&candidates[*i])).collect();
            Err(Mistake::new(format!("target `{word}` is ambiguous"))
                .suggest(format!("write {}", all.join(" or "))))
        }
    }
}

fn choose(profile: &mut Profile, name: &str, options: &Options) -> Result<(), UsageError> {
    let Some(overlay) = profile.overlays.iter().find(|o| o.name == name).cloned() else {
        let known = profile.overlays.iter().map(|o| o.name.as_str());
        let mut mistake = Mistake::unknown("profile", name, known);
        mistake.suggestion.get_or_insert_with(|| format!("write a section [profile.{name}]"));
        return Err(mistake.into());
    };
    let Overlay { targets, tags, read_only, theme, keymap, .. } = overlay;
    profile.read_only |= read_only;
    // The command line stays above the profile.
    profile.theme = options.theme.clone().or(theme).or(profile.theme.take());
    profile.keymap = options.keymap.clone().or(keymap).or(profile.keymap.take());
    if targets.is_empty() && tags.is_empty() {
        return Ok(());
    }
    let tagged = profile.targets.iter().filter(|t| t.tags.iter().any(|tag| tags.contains(tag)));
    let words: Vec<String> =
        tagged.map(|t| t.id.to_string()).chain(targets.into_iter().map(|t| t.value)).collect();
    if words.is_empty() {
        return Err(UsageError(format!(
            "profile `{name}` selects no target: none has a tag of {}",
            tags.join(", ")
        )));
    }
    narrow(profile, &words)
}

/// Leaves only the named targets. One that was only listed is dialled, since somebody asked for it.
fn narrow(profile: &mut Profile, words: &[String]) -> Result<(), UsageError> {
    let candidates: Vec<(&str, &str)> =
        profile.targets.iter().map(|t| (t.id.kind.word(), &*t.id.name)).collect();
    let mut keep = Vec::new();
    for word in words {
        keep.push(profile.targets[find(word, &candidates)?].id.clone());
    }
    profile.targets.retain(|t| keep.contains(&t.id));
    profile.docker.append(&mut profile.listed);
    profile.docker.retain(|(id, _)| keep.contains(id));
    profile.servers.append(&mut profile.listed_servers);
    profile.servers.retain(|(id, _)| keep.contains(id));
    profile.backups.retain(|(id, _)| keep.contains(id));
    profile.checks.retain(|check| keep.contains(&check.server));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::profile::from_text;
    use super::*;
    use std::path::Path;

    const FILE: &str = "
        [[docker]]
        name = 'prod-1'
        host = 'tcp://a'
        tags = ['prod']
        [[docker]]
        name = 'lab'
        host = 'tcp://b'
        [[server]]
        name = 'lab'
        host = 'lab'
        [profile.prod]
        tags = ['prod']
        read_only = true
        theme = 'red'
        [profile.empty]
        tags = ['x']
    ";

    fn profile() -> Profile {
        let p = from_text(Path::new("c.toml"), FILE, &Environment::fake(Path::new("/h"), &[]));
        assert_eq!(p.diagnostics, []);
        p
    }

    fn narrowed(word: &str) -> Result<Vec<String>, String> {
        let mut p = profile();
        narrow(&mut p, &[word.to_owned()]).map_err(|e| e.0)?;
        Ok(p.targets.iter().map(|t| t.id.to_string()).collect())
    }

    #[test]
    fn targets_by_name_and_by_kind() {
        assert_eq!(narrowed("prod-1").unwrap(), ["docker:prod-1"]);
        assert_eq!(narrowed("server:lab").unwrap(), ["server:lab"]);
        assert_eq!(narrowed("lab").unwrap_err(), "target `lab` is ambiguous; write docker:lab or server:lab");
        let said = narrowed("prod1").unwrap_err();
        assert_eq!(
            said,
            "unknown target `prod1`; did you mean `prod-1`? (there are docker:prod-1, docker:lab, server:lab)"
        );
        assert!(narrowed("docker:zzzzzz").unwrap_err().contains("known are docker:prod-1, docker:lab"));
    }

    #[test]
    fn a_profile_narrows_and_makes_read_only() {
        let mut p = profile();
        choose(&mut p, "prod", &Options::default()).unwrap();
        assert_eq!((p.targets.len(), p.docker.len(), p.read_only), (1, 1, true));
        assert_eq!(p.theme.as_deref(), Some("red"));
        let options = Options { theme: Some("mono".into()), ..Options::default() };
        let mut p = profile();
        choose(&mut p, "prod", &options).unwrap();
        assert_eq!(p.theme.as_deref(), Some("mono"));
        assert!(choose(&mut p, "prd", &options).unwrap_err().0.contains("did you mean `prod`?"));
        assert!(choose(&mut p, "empty", &options).unwrap_err().0.contains("selects no target"));
    }

    #[test]
    fn a_listed_server_is_dialled_when_it_is_named() {
        let env =
            Environment::fake(Path::new("/h"), &[]).with_ssh_hosts(|_| vec!["web1".into(), "web2".into()]);
        let mut profile = from_text(Path::new("c.toml"), "", &env);
        narrow(&mut profile, &["web2".into()]).unwrap();
        let dialled: Vec<_> = profile.servers.iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!((dialled, profile.listed_servers), (vec!["server:web2".to_owned()], vec![]));
    }

    #[test]
    fn a_listed_engine_is_dialled_when_it_is_named() {
        let home = tempfile::tempdir().unwrap();
        super::super::context::fixture::context(&home.path().join(".docker"), "far", "ssh://ops@far");
        let env = Environment::fake(home.path(), &["/var/run/docker.sock"]);
        let all = open(&Options::default(), &env).unwrap();
        assert_eq!((all.targets.len(), all.docker.len()), (2, 1));
        let options = Options { targets: vec!["far".into()], ..Options::default() };
        let one = open(&options, &env).unwrap();
        assert_eq!((one.targets.len(), one.docker[0].0.to_string()), (1, "docker:far".into()));
    }
}
