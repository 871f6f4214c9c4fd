//! What ssh_config files come to, with OpenSSH's help and without.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::backends::ssh::config::UnknownKeys;

struct Home {
    dir: tempfile::TempDir,
    program: Option<PathBuf>,
}

impl Home {
    fn new(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Self { dir, program: None };
        home.write("config", config);
        home
    }

    /// OpenSSH finds its user's home by itself, so the file is named to it.
    fn with_openssh(config: &str) -> Self {
        Self { program: Some("ssh".into()), ..Self::new(config) }
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(".ssh").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn around(&self) -> Surroundings {
        Surroundings {
            home: Some(self.dir.path().to_owned()),
            user: "me".into(),
            agent: Some("/run/agent".into()),
            config: Some(self.dir.path().join(".ssh/config")),
            program: self.program.clone(),
        }
    }

    fn try_resolve(&self, target: &SshTarget) -> Result<Arc<HostConfig>, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Resolver::new(Arc::new(self.around())).resolve(target))
    }

    fn resolve(&self, alias: &str) -> Arc<HostConfig> {
        self.try_resolve(&SshTarget::alias(alias)).unwrap()
    }
}

const MIXED: &str = "User nobody\nHost web* !web9\n  HostName=%h.example\n  Port 2222\n  User \"ops\"\n\
    Host far\n  ProxyJump bastion,me@inner:2200\nHost near\n  ProxyJump none\nHost *\n  ProxyJump bastion\n\
    \tIdentitiesOnly yes\n  IdentityFile ~/keys/%h\n  UserKnownHostsFile ~/kh1 ~/kh2\n  StrictHostKeyChecking accept-new\n";

#[test]
fn the_first_setting_wins_and_settings_before_the_first_host_count_for_all() {
    for home in [Home::new(MIXED), Home::with_openssh(MIXED)] {
        let web = home.resolve("web1");
        assert_eq!((web.host_name.as_str(), web.port), ("web1.example", 2222));
        assert_eq!(web.user, "nobody", "said first");
        assert_eq!(web.jumps, [SshTarget::alias("bastion")]);
        assert_eq!(home.resolve("web9").host_name, "web9");
        assert!(web.identities_only);
        assert_eq!(web.unknown_keys, UnknownKeys::Accept);
    }
}

#[test]
fn jumps_chain_and_none_means_none() {
    for home in [Home::new(MIXED), Home::with_openssh(MIXED)] {
        let chain: Vec<String> = home.resolve("far").jumps.iter().map(ToString::to_string).collect();
        assert_eq!(chain, ["bastion", "me@inner:2200"]);
        assert!(home.resolve("near").jumps.is_empty());
        let target = SshTarget { jump: Some("none".into()), ..SshTarget::alias("far") };
        assert!(home.try_resolve(&target).unwrap().jumps.is_empty());
    }
}

#[test]
fn what_the_target_says_wins() {
    for home in [Home::new(MIXED), Home::with_openssh(MIXED)] {
        let mut target = SshTarget::parse("root@web1:22").unwrap();
        target.identity = Some("/k".into());
        let config = home.try_resolve(&target).unwrap();
        assert_eq!((config.user.as_str(), config.port), ("root", 22));
        assert_eq!(config.identities[0], PathBuf::from("/k"));
    }
}

#[test]
fn paths_know_the_home_and_the_host() {
    let home = Home::new(MIXED);
    let (config, dir) = (home.resolve("web1"), home.dir.path());
    assert_eq!(config.identities, [dir.join("keys/web1.example")]);
    let own: Vec<_> = config.known_hosts.iter().take(config.own_known_hosts).collect();
    assert_eq!(own, [&dir.join("kh1"), &dir.join("kh2")]);
    assert_eq!(config.agent, Some("/run/agent".into()));
}

#[test]
fn a_match_block_never_leaks_into_the_host_above() {
    let text = "Host web\n  HostName a\nMatch host other\n  User evil\n  ProxyJump evil\n";
    let fault = Home::new(text).try_resolve(&SshTarget::alias("web")).unwrap_err();
    assert!(fault.message.contains("config:3: `Match`"), "{fault:?}");
    let config = Home::with_openssh(text).resolve("web");
    assert_eq!((config.user != "evil", config.jumps.len()), (true, 0));
    let config = Home::new("Host web\nUser a\nMatch all\nPort 7\n").resolve("x");
    assert_eq!((config.user.as_str(), config.port), ("me", 7));
}

#[test]
fn files_include_files_and_the_block_goes_on_after_them() {
    let home = Home::new(
        "Host web\n  Include conf.d/*.conf\n  Port 3\nHost *\nInclude more\nInclude nothing-there\nHost last\n",
    );
    home.write("conf.d/1.conf", "User one\nHost inner\n  User two\n");
    home.write("conf.d/.hidden.conf", "User hidden\n");
    home.write("more", "Host *.example plain\n  Port 9\n");
    let web = home.resolve("web");
    assert_eq!((web.user.as_str(), web.port), ("one", 3));
    assert_eq!(home.resolve("inner").user, "me", "included for web only");
    assert_eq!(home.resolve("plain").port, 9);
    assert_eq!(hosts(&home.around()), ["web", "inner", "plain", "last"]);
}

#[test]
fn files_that_include_themselves_are_refused() {
    let home = Home::new("Include config\n");
    let fault = home.try_resolve(&SshTarget::alias("x")).unwrap_err();
    assert!(fault.message.contains("without end"), "{fault:?}");
    assert!(hosts(&home.around()).is_empty());
}

#[test]
fn a_broken_configuration_is_told_in_openssh_s_words() {
    let home = Home::with_openssh("Prot 22\n");
    let fault = home.try_resolve(&SshTarget::alias("x")).unwrap_err();
    assert!(fault.message.contains("Bad configuration option: prot"), "{fault:?}");
}

#[test]
fn a_missing_program_is_no_obstacle() {
    let mut home = Home::new("Port 5\n");
    home.program = Some("/nowhere/ssh".into());
    assert_eq!(home.resolve("x").port, 5);
}

#[tokio::test]
async fn an_answer_is_kept_until_a_file_changes() {
    let home = Home::new("Include more\nPort 1\n");
    let resolver = Resolver::new(Arc::new(home.around()));
    let target = SshTarget::alias("x");
    let first = resolver.resolve(&target).await.unwrap();
    assert!(Arc::ptr_eq(&first, &resolver.resolve(&target).await.unwrap()));
    home.write("more", "Port 99\n");
    assert_eq!(resolver.resolve(&target).await.unwrap().port, 99);
}
